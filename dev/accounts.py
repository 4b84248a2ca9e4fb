# SPDX-License-Identifier: Apache-2.0
"""Which users the servers run as: PostgreSQL refuses root, and httpd's children leave it.

Where the checkout lies in a folder that only root can enter, such as /root, they cannot get at it.
PostgreSQL is then let pass; what httpd's children must reach lies in a folder outside, with the
socket, whose path must be short anyway.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import List

IS_ROOT = os.geteuid() == 0
ME = pwd.getpwuid(os.geteuid()).pw_name
POSTGRES = "postgres" if IS_ROOT else ME
HTTPD = "www-data" if IS_ROOT else ME


def as_postgres(state: Path, command: List[str]) -> List[str]:
    """The command, to be run as the user of PostgreSQL."""
    if not IS_ROOT:
        return command
    prefix = ["setpriv", f"--reuid={POSTGRES}", f"--regid={POSTGRES}", "--init-groups"]
    if subprocess.run(prefix + ["test", "-x", str(state)], check=False).returncode != 0:
        # The checkout lies where only root gets, such as /root: let the server pass, too.
        prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return prefix + command


def give_to_postgres(folder: Path) -> None:
    if IS_ROOT:
        shutil.chown(folder, POSTGRES, POSTGRES)


def public_folder(state: Path) -> Path:
    """The folder outside that belongs to a state folder; made when first asked for."""
    record = state / "public"
    if record.exists():
        folder = Path(record.read_text().strip())
        if folder.is_dir():
            return folder
    folder = Path(tempfile.mkdtemp(prefix="graphprofile-"))
    folder.chmod(0o755)
    give_to_postgres(folder)
    record.write_text(f"{folder}\n")
    return folder


def remove_public_folder(state: Path) -> None:
    record = state / "public"
    if record.exists():
        shutil.rmtree(record.read_text().strip(), ignore_errors=True)
        record.unlink()
