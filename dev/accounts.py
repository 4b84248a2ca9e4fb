# SPDX-License-Identifier: Apache-2.0
"""The users that the servers run as: PostgreSQL refuses root, and httpd's children switch to another user.

If the checkout is in a folder that only root can enter, such as /root, these users cannot reach it.
PostgreSQL then gets a capability to enter it. Files for httpd's children are in a folder outside of the
checkout, together with the socket, whose path must be short anyway.
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
    """The command that runs another as the user of PostgreSQL."""
    if not IS_ROOT:
        return command
    prefix = ["setpriv", f"--reuid={POSTGRES}", f"--regid={POSTGRES}", "--init-groups"]
    if subprocess.run(prefix + ["test", "-x", str(state)], check=False).returncode != 0:
        # Only root can enter the folder of the checkout, such as /root: let the server enter it,
        # too.
        prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return prefix + command


def give_to_postgres(folder: Path) -> None:
    if IS_ROOT:
        shutil.chown(folder, POSTGRES, POSTGRES)


def public_folder(state: Path) -> Path:
    """The outside folder that belongs to a state folder; created at the first call."""
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
