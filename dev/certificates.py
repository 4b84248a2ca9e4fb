# SPDX-License-Identifier: Apache-2.0
"""A private certificate authority and its certificates for servers on this machine.

It is created at the first use and kept in the state folder, so that clients which trust `ca.crt` still
trust it after a restart. The machine's configuration of OpenSSL is not used.
"""

import subprocess
from pathlib import Path


def _make(state: Path, name: str, subject: str, *options: str) -> None:
    """Make name.key and name.crt if they are missing. The certificate is written last: if it exists, so does
    the key."""
    if (state / f"{name}.crt").exists():
        return
    made = subprocess.run(
        ["openssl", "req", "-x509", "-config", "/dev/null", "-newkey", "ec", "-nodes",
         "-pkeyopt", "ec_paramgen_curve:prime256v1", "-days", "3650", "-subj", f"/CN={subject}",
         "-keyout", f"{name}.key", "-out", f"{name}.new", *options],
        cwd=state, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if made.returncode != 0:
        raise SystemExit(f"openssl failed to make a certificate:\n{made.stdout}")
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
