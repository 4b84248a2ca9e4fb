# SPDX-License-Identifier: Apache-2.0
"""A fresh Debian, as bare as mmdebstrap makes it, with a network and processes of its own.

Its usual ports are free whatever the machine runs, and all of its processes end with it. Nothing but Debian's
packages is reached from inside: apt has a proxy there, whose other end is a socket of the tests. Without root it
works too, in a user namespace of mmdebstrap's.

Run as a program it is the hook within mmdebstrap: fresh.py enter|inside ROOT SOCKET.
"""

import http.server
import os
import re
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from pathlib import Path

PROXY = 3142  # the port inside
OURS = re.search(r"(?m)^VERSION_CODENAME=(\w+)", Path("/etc/os-release").read_text()).group(1)


# ---- outside: the proxy, and mmdebstrap ----

class _Proxy(http.server.BaseHTTPRequestHandler):
    """GET of http and https URLs for apt, and tunnels."""

    protocol_version = "HTTP/1.1"

    def address_string(self):
        return "apt"

    def log_message(self, format, *arguments):
        pass

    def do_GET(self):
        asked = {name: value for name, value in self.headers.items()
                 if name in ("If-Modified-Since", "Range", "If-Range", "User-Agent", "Cache-Control")}
        try:
            answer = urllib.request.urlopen(urllib.request.Request(self.path, headers=asked), timeout=120)
        except urllib.error.HTTPError as error:
            answer = error
        except OSError as error:
            self.send_error(502, str(error))
            return
        body = answer.read()
        self.send_response(answer.status)
        for name in ("Content-Type", "Last-Modified", "Content-Range"):
            if answer.headers[name]:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_CONNECT(self):
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=120) as server:
            self.send_response(200)
            self.end_headers()
            other = threading.Thread(target=_pump, args=(server, self.connection), daemon=True)
            other.start()
            _pump(self.connection, server)
            other.join()
        self.close_connection = True


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def _pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def sources(suite: str) -> str:
    """Debian's, wherever this machine has them from, for that suite."""
    lines = subprocess.run(
        ["apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)",
         "Created-By: Packages", "Origin: Debian"], text=True, stdout=subprocess.PIPE, check=True).stdout
    assert lines, "apt knows no packages of Debian's: apt-get update"
    return "".join(sorted({line + "\n" for line in lines.replace(f" {OURS}", f" {suite}").splitlines()}))


def run(suite: str, script: str, checkout: Path) -> subprocess.CompletedProcess:
    """Run a shell script in a fresh Debian, as root, beside a copy of the checkout in /root/graphprofile. What it
    prints, errors included, is in stdout."""
    with tempfile.TemporaryDirectory(prefix="fresh-") as folder:
        os.chmod(folder, 0o755)
        copy = Path(folder) / "graphprofile"
        shutil.copytree(checkout, copy, symlinks=True, ignore=shutil.ignore_patterns(
            "run", "build", ".git", "node_modules", "__pycache__"))
        (Path(folder) / "script").write_text(script)
        path = str(Path(folder) / "apt")
        server = _Server(path, _Proxy)
        os.chmod(path, 0o666)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        told = Path(folder) / "told"
        with open(told, "w", encoding="utf-8") as file:
            making = subprocess.Popen(
                ["mmdebstrap", "--variant=minbase", "--include=ca-certificates", "--format=null",
                 f"--customize-hook=copy-in {copy} {folder}/script /root",
                 f'--customize-hook=python3 {__file__} enter "$1" {path}', suite, "-", "-"],
                text=True, stdin=subprocess.PIPE, stdout=file, stderr=subprocess.STDOUT,
                env={**os.environ, "LC_ALL": "C.UTF-8"})
            try:
                making.communicate(sources(suite))
            finally:
                making.terminate()  # it unmounts and removes what it made
                making.wait()
                server.shutdown()
                server.server_close()
        return subprocess.CompletedProcess(script, making.returncode, told.read_text(errors="replace"))


# ---- within mmdebstrap ----

def enter(root: str, path: str) -> None:
    os.execvp("unshare", ["unshare", "--net", "--pid", "--fork", "--kill-child", "--mount", "--propagation",
                          "unchanged", sys.executable, __file__, "inside", root, path])


def _relay(listener, path):
    while True:
        client, _ = listener.accept()
        server = socket.socket(socket.AF_UNIX)
        server.connect(path)
        for pair in (client, server), (server, client):
            threading.Thread(target=_pump, args=pair, daemon=True).start()


def inside(root: str, path: str) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", f"{root}/proc"], check=True)
    listener = socket.create_server(("127.0.0.1", PROXY), backlog=32)
    threading.Thread(target=_relay, args=(listener, path), daemon=True).start()
    Path(root, "etc/apt/apt.conf.d/99fresh").write_text(
        f'Acquire::http::Proxy "http://127.0.0.1:{PROXY}";\nAcquire::https::Proxy "http://127.0.0.1:{PROXY}";\n')
    for kept in ("usr/sbin/policy-rc.d", "etc/resolv.conf"):  # services start, as they do on a machine
        Path(root, kept).unlink(missing_ok=True)
    Path(root, "etc/hosts").write_text("127.0.0.1 localhost debian\n")
    script = subprocess.Popen(["chroot", root, "/bin/sh", "-eux", "/root/script"], stdin=subprocess.DEVNULL,
                              stderr=subprocess.STDOUT, env={
                                  "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                  "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"})
    while (ended := os.wait())[0] != script.pid:  # as process 1: daemons that have ended must not stay zombies
        pass
    status = os.waitstatus_to_exitcode(ended[1])
    if status != 0:
        for log in sorted(Path(root, "var/log").glob("*/*.log")):
            print(f"== {log.name}\n{log.read_text(errors='replace')[-3000:]}", flush=True)
    sys.exit(status)


if __name__ == "__main__":
    {"enter": enter, "inside": inside}[sys.argv[1]](*sys.argv[2:])
