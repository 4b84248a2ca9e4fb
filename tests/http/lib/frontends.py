# SPDX-License-Identifier: Apache-2.0
"""Proxies that terminate TLS in front of httpd, configured by the lines of docs/proxies.md."""

import re
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

from lib.client import wait_until
from dev import accounts
from dev.httpd import apxs, free_port

DOCS = Path(__file__).resolve().parents[3] / "docs"
NAME = "localhost"  # the public name; behind it is 127.0.0.1


def make_certificate(folder: Path) -> Path:
    """A key and a self-signed certificate for NAME, in one file."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
         "-keyout", "tls.key", "-out", "tls.crt"], cwd=folder, check=True, capture_output=True)
    (folder / "tls.pem").write_text((folder / "tls.key").read_text() + (folder / "tls.crt").read_text())
    return folder / "tls.pem"


def documented(language: str, page: str = "proxies.md") -> str:
    """The lines of a page in that language."""
    return re.search(rf"(?s)```{language}\n(.*?)```", (DOCS / page).read_text()).group(1)


def httpd(folder: Path, port: int, lines: str):
    """The whole configuration, and the command that keeps it in the foreground."""
    modules = "".join(
        f'LoadModule {name}_module "{apxs("LIBEXECDIR")}/mod_{name}.so"\n' for name in
        ("mpm_event", "authz_core", "headers", "ssl", "proxy", "proxy_http"))
    user = f"User {accounts.HTTPD}\nGroup {accounts.HTTPD}\n" if accounts.IS_ROOT else ""
    text = (f'{modules}{user}Listen 127.0.0.1:{port}\nServerName {NAME}\nServerRoot "{folder}"\n'
            f'PidFile "{folder}/pid"\nDefaultRuntimeDir "{folder}"\nErrorLog "{folder}/log"\n'
            f'StartServers 1\n{lines}')
    return text, [f"{apxs('SBINDIR')}/{apxs('PROGNAME')}", "-DFOREGROUND", "-f"]


def nginx(folder: Path, _port: int, lines: str):
    temporary = "".join(f'{kind}_temp_path "{folder}/{kind}";' for kind in
                        ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    text = (f'daemon off; pid "{folder}/pid"; error_log "{folder}/log"; worker_processes 1;\n'
            f'{"user root;" if accounts.IS_ROOT else ""} events {{}}\n'
            f'http {{ access_log off; {temporary}\n{lines}}}\n')
    return text, ["nginx", "-c"]


def haproxy(_folder: Path, _port: int, lines: str):
    timeouts = "".join(f"    timeout {what} 30s\n" for what in ("connect", "client", "server"))
    return f"defaults\n{timeouts}{lines}", ["haproxy", "-db", "-f"]


PROXIES = {"httpd": httpd, "nginx": nginx, "haproxy": haproxy}


class FrontEnd:
    """One of PROXIES in front of a server. Tests use it like a server: it has a url and the state."""

    def __init__(self, kind: str, server, certificate: Path, more=lambda lines: lines):
        """`more` may change the documented lines."""
        self.state = server.state
        self.port = free_port()
        self.url = f"https://{NAME}:{self.port}"
        folder = server.state / kind
        folder.mkdir(exist_ok=True)
        lines = more(documented(kind))
        for old, new in (("api.example.com", NAME), ("192.0.2.20:8080", f"127.0.0.1:{server.httpd.port}"),
                         ("443", str(self.port)), ("/etc/ssl/private/api.pem", str(certificate))):
            assert old in lines, old
            lines = lines.replace(old, new)
        text, command = PROXIES[kind](folder, self.port, lines)
        (folder / "conf").write_text(text)
        program = shutil.which(command[0]) or f"/usr/sbin/{command[0]}"
        self.output = open(folder / "output", "w+", encoding="utf-8")
        self.process = subprocess.Popen([program, *command[1:], str(folder / "conf")],
                                        stdin=subprocess.DEVNULL, stdout=self.output,
                                        stderr=subprocess.STDOUT)
        try:
            wait_until(self.answers)
        except BaseException:
            self.stop()
            raise

    def answers(self) -> bool:
        assert self.process.poll() is None, (self.output.seek(0), self.output.read())
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as plain:
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                context.wrap_socket(plain).close()
                return True
        except OSError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(60)
        self.output.close()
