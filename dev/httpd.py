# SPDX-License-Identifier: Apache-2.0
"""A private httpd with the module, run from dev/httpd.conf. It uses nothing of the machine's own httpd."""

import os
import secrets
import select
import shlex
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Dict, List, Optional

from dev import accounts, certificates, tokens

CONFIG = Path(__file__).resolve().parent / "httpd.conf"


def apxs(key: str) -> str:
    asked = subprocess.run([os.environ.get("APXS", "apxs"), "-q", key], capture_output=True,
                           text=True, check=True)
    return asked.stdout.strip()


_reserved: Dict[int, socket.socket] = {}


def _ports() -> range:
    """Ports that the kernel gives to no client: a server may stop and start again on one of them."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    return range(10000, lowest) if lowest > 12000 else range(10000, 65536)


def free_port() -> int:
    """Reserve a free port until this process ends: no other process can get it.

    The reservation is an abstract Unix socket, which the kernel removes with the process.
    """
    ports = _ports()
    for _ in range(10000):
        port = secrets.choice(ports)
        reservation = socket.socket(socket.AF_UNIX)
        try:
            reservation.bind(f"\0graphprofile-port-{port}")
        except OSError:
            reservation.close()
            continue
        if port_is_free(port):
            _reserved[port] = reservation
            return port
        reservation.close()
    raise SystemExit("no port is free")


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Httpd:
    """One httpd. `extra` is additional configuration, included after dev/httpd.conf.

    It listens on `port`, and with TLS on `tls_port`; by default on free ports.
    """

    def __init__(self, state: Path, module: Path, pghost: str, port: int, loglevel: str = "info",
                 extra: str = "", environment: Optional[Dict[str, str]] = None,
                 config: Path = CONFIG, tls_port: int = 0):
        self.state = state
        self.port = port
        self.tls_port = tls_port or free_port()
        self.extra = extra
        self.config = config
        # A prefix command, such as a network namespace with ports of its own, or a debugger.
        self.enter: List[str] = shlex.split(os.environ.get("GP_UNDER", ""))
        self.error_log = state / "error_log"
        self.public = accounts.public_folder(state)
        self.program = str(Path(apxs("SBINDIR")) / apxs("PROGNAME"))
        self.environment = {
            "PATH": os.environ["PATH"],
            "GP_STATE": str(state), "GP_PUBLIC": str(self.public), "GP_PORT": str(port),
            "GP_TLS_PORT": str(self.tls_port),
            "GP_MODULE": str(module), "GP_MPM": os.environ.get("GP_MPM", "event"),
            "GP_HTTP2": os.environ.get("GP_HTTP2", ""),
            "GP_PASSPHRASE": secrets.token_hex(32),  # for cookies, which bearer tokens do not need
            "GP_MODULES": apxs("LIBEXECDIR"), "GP_USER": accounts.HTTPD, "GP_PGHOST": pghost,
            "GP_LOGLEVEL": loglevel, "GP_AUDIENCE": tokens.AUDIENCE, "GP_ISSUER": tokens.ISSUER,
            **(environment or {}),
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"https://127.0.0.1:{self.tls_port}"

    @property
    def ca(self) -> Path:
        """The certificate that a client of the TLS port must trust."""
        return self.state / "ca.crt"

    def control(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run the program with this configuration, for example with -k graceful or -t."""
        define = ["-D", "ROOT"] if accounts.IS_ROOT else []
        define += ["-D", "HTTP2"] if self.environment["GP_HTTP2"] else []
        return subprocess.run([*self.enter, self.program, "-f", str(self.config), *define, *arguments],
                              env=self.environment, cwd="/", stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)

    def pid(self) -> Optional[int]:
        """The process id of the parent if it is alive."""
        try:
            pid = int((self.state / "httpd.pid").read_text())
            os.kill(pid, 0)
            # Another program may have got the number since.
            words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
            return pid if self.program in words else None
        except (OSError, ValueError):
            return None

    def prepare(self) -> None:
        """Make the files that the configuration refers to."""
        tokens.make_keys(self.state)
        certificates.make(self.state)
        (self.public / "htdocs").mkdir(exist_ok=True)
        (self.state / "conf.d").mkdir(exist_ok=True)
        (self.state / "conf.d" / "extra.conf").write_text(self.extra)

    def start(self) -> None:
        """Start it, and return when it answers."""
        for port, name in ((self.port, "PORT"), (self.tls_port, "TLS_PORT")):
            if not self.enter and not port_is_free(port):
                raise SystemExit(f"port {port} is in use: choose another one with {name}=...")
        self.prepare()
        result = self.control("-k", "start")
        deadline = time.monotonic() + 60
        while result.returncode == 0 and time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as probe:
                    probe.sendall(b"OPTIONS * HTTP/1.0\r\n\r\n")
                    if probe.recv(1):
                        return
            except OSError:
                pass
            time.sleep(0.05)
        log = self.error_log.read_text()[-2000:] if self.error_log.exists() else ""
        self.stop()
        raise SystemExit(f"httpd did not start:\n{result.stdout}{log}")

    def stop(self) -> None:
        """End it, and return when the process has ended: it removes its pid file before it closes its ports."""
        pid = self.pid()
        if pid is None:
            return
        process = os.pidfd_open(pid)
        try:
            os.kill(pid, signal.SIGTERM)
            if not select.select([process], [], [], 60)[0]:
                raise SystemExit(f"httpd (process {pid}) does not stop")
        finally:
            os.close(process)
