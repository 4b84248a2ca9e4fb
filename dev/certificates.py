# SPDX-License-Identifier: Apache-2.0
"""A certificate authority of our own and what it certifies: servers on this machine, for TLS.

Made when first asked for, and kept in the state folder: clients that were told to trust `ca.crt` go
on doing so after a restart. Nothing of the machine's configuration of OpenSSL takes part.
"""

import subprocess
from pathlib import Path


def _make(state: Path, name: str, subject: str, *options: str) -> None:
    """Make name.key and name.crt, where missing. The certificate comes last: it says all is there."""
    if (state / f"{name}.crt").exists():
        return
    made = subprocess.run(
        ["openssl", "req", "-x509", "-config", "/dev/null", "-newkey", "ec", "-nodes",
         "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "3650", "-subj", f"/CN={subject}",
         "-keyout", f"{name}.key", "-out", f"{name}.new", *options],
        cwd=state, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if made.returncode != 0:
        raise SystemExit(f"openssl made no certificate:\n{made.stdout}")
    (state / f"{name}.new").rename(state / f"{name}.crt")


def make(state: Path) -> None:
    """Make ca.crt, and server.crt with server.key for localhost and 127.0.0.1."""
    _make(state, "ca", "graphprofile development CA",
          "-addext", "basicConstraints=critical,CA:TRUE",
          "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    _make(state, "server", "localhost", "-CA", "ca.crt", "-CAkey", "ca.key",
          "-addext", "basicConstraints=critical,CA:FALSE",
          "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
          "-addext", "extendedKeyUsage=serverAuth")
