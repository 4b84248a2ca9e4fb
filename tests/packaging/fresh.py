# SPDX-License-Identifier: Apache-2.0
"""A fresh Debian, as bare as mmdebstrap makes it, with a network and processes of its own.

Its usual ports are free whatever the machine runs, its name resolves whatever the machine is called, and all of its
processes end with it. Nothing but Debian's packages is reached from inside: apt has a proxy there, whose other end is
a socket of the tests. Without root it works too, in a user namespace of mmdebstrap's.

Run as a program it is the hook within mmdebstrap: fresh.py enter|inside ROOT SOCKET FOLDER.
"""

import atexit
import functools
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
import typing
import urllib.error
import urllib.request
from pathlib import Path

PROXY = 3142  # the port inside
ENOUGH = 8 << 30  # bytes; a root takes at most 1.5 GB
HOST = "debian"  # the name inside, whatever the name of this machine
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
    """Debian's sources for that suite, from the mirror of this machine."""
    lines = subprocess.run(
        ["apt-get", "indextargets", "--format", "deb $(REPO_URI) $(RELEASE) $(COMPONENT)",
         "Created-By: Packages", "Origin: Debian"], text=True, stdout=subprocess.PIPE, check=True).stdout
    assert lines, "apt knows no packages of Debian's: apt-get update"
    return "".join(sorted({line + "\n" for line in lines.replace(f" {OURS}", f" {suite}").splitlines()}))


class Step(typing.NamedTuple):
    """One step of a run: its name, its output, and separately its errors with the shell's trace."""

    name: str
    stdout: str
    stderr: str


class Run(typing.NamedTuple):
    """The steps of a finished script."""

    returncode: int
    steps: list
    log: str  # of mmdebstrap; after a failure also the logs of the services

    @property
    def stdout(self) -> str:
        return "".join(step.stdout for step in self.steps)

    @property
    def stderr(self) -> str:
        return "".join(step.stderr for step in self.steps)

    def seen(self, name: str) -> str:
        """The standard output of the one step with that name."""
        [step] = [step for step in self.steps if step.name == name]
        return step.stdout

    def report(self) -> str:
        """The point of failure, for assertion messages."""
        last = self.steps[-1] if self.steps else Step("none", "", "")
        return (f"exit status {self.returncode} in step {last.name}\n== stdout\n{last.stdout[-3000:]}\n"
                f"== stderr\n{last.stderr[-3000:]}\n== log\n{self.log[-6000:]}")


@functools.lru_cache(maxsize=None)
def _roots() -> str:
    """The folder for roots: in memory if two fit, because dpkg often waits for the disk."""
    memory = "/dev/shm"
    try:
        free = os.statvfs(memory)
        available = int(re.search(r"(?m)^MemAvailable: +(\d+)", Path("/proc/meminfo").read_text()).group(1))
        if min(free.f_bavail * free.f_frsize, available * 1024) > ENOUGH and not free.f_flag & (os.ST_NODEV | os.ST_NOEXEC):
            return memory
    except OSError:
        pass
    return tempfile.gettempdir()


def _mmdebstrap(suite: str, target: str, log, *options: str) -> int:
    making = subprocess.Popen(["mmdebstrap", *options, suite, target, "-"], text=True, stdin=subprocess.PIPE,
                              stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "LC_ALL": "C.UTF-8", "TMPDIR": _roots()})
    try:
        making.communicate(sources(suite))
    finally:
        making.terminate()  # it unmounts and removes its files
        making.wait()
    return making.returncode


@functools.lru_cache(maxsize=None)
def bare(suite: str) -> Path:
    """A tar archive of a bare Debian, made once for all tests of a run."""
    folder = Path(tempfile.mkdtemp(prefix="bare-"))
    atexit.register(shutil.rmtree, folder)
    folder.chmod(0o755)
    with open(folder / "log", "w+", encoding="utf-8") as log:
        status = _mmdebstrap(suite, str(folder / "root.tar"), log, "--variant=minbase", "--include=ca-certificates",
                             "--dpkgopt=force-unsafe-io")
        log.seek(0)
        assert status == 0, log.read()
    return folder / "root.tar"


def script(steps: list, folder: str) -> str:
    """One script of the steps; each writes standard output and standard error to separate files.

    Processes of a pipeline run at the same time, and the shell writes its trace piece by piece, so in a
    common file the order of output, errors and trace changes from run to run.
    """
    return "".join(f"exec >{folder}/{number}.out 2>{folder}/{number}.err\n{text}\n"
                   for number, (_, text) in enumerate(steps))


def printed_by(steps: list, folder: Path) -> list:
    """The steps that have begun, with their output."""
    def read(number, stream):
        return (folder / f"{number}.{stream}").read_text(errors="replace")

    return [Step(name, read(number, "out"), read(number, "err")) for number, (name, _) in enumerate(steps)
            if (folder / f"{number}.err").exists()]


def run(suite: str, steps: list, checkout: Path, files: tuple = ()) -> Run:
    """Run the steps, pairs of a name and shell text, in a fresh Debian: as root, in one shell, which ends at the first
    failure. A copy of the checkout is in /root/graphprofile, the files are in /root."""
    with tempfile.TemporaryDirectory(prefix="fresh-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copytree(checkout, folder / "graphprofile", symlinks=True, ignore=shutil.ignore_patterns(
            "run", "build", ".git", "node_modules", "__pycache__"))
        (folder / "script").write_text(script(steps, "/root/printed"))
        printed = folder / "printed"
        printed.mkdir()
        printed.chmod(0o777)  # without root, mmdebstrap uses another user
        path = str(folder / "apt")
        server = _Server(path, _Proxy)
        os.chmod(path, 0o666)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        copied = " ".join(str(file) for file in (folder / "graphprofile", folder / "script", *files))
        try:
            with open(folder / "log", "w", encoding="utf-8") as log:
                status = _mmdebstrap(
                    suite, "-", log, "--variant=custom", "--format=null", "--skip=update,cleanup",
                    f'--setup-hook=mmtarfilter "--path-exclude=/dev/*" < {bare(suite)} | tar -C "$1" -x',
                    f"--customize-hook=copy-in {copied} /root",
                    f'--customize-hook={sys.executable} {__file__} enter "$1" {path} {printed}')
        finally:
            server.shutdown()
            server.server_close()
        return Run(status, printed_by(steps, printed), (folder / "log").read_text(errors="replace"))


# ---- within mmdebstrap ----

def enter(*arguments: str) -> None:
    os.execvp("unshare", ["unshare", "--net", "--uts", "--pid", "--fork", "--kill-child", "--mount", "--propagation",
                          "unchanged", sys.executable, __file__, "inside", *arguments])


def _relay(listener, path):
    while True:
        client, _ = listener.accept()
        server = socket.socket(socket.AF_UNIX)
        server.connect(path)
        for pair in (client, server), (server, client):
            threading.Thread(target=_pump, args=pair, daemon=True).start()


def inside(root: str, path: str, printed: str) -> None:
    socket.sethostname(HOST)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["mount", "-t", "proc", "proc", f"{root}/proc"], check=True)
    listener = socket.create_server(("127.0.0.1", PROXY), backlog=32)
    threading.Thread(target=_relay, args=(listener, path), daemon=True).start()
    Path(root, "etc/apt/apt.conf.d/99fresh").write_text(
        f'Acquire::http::Proxy "http://127.0.0.1:{PROXY}";\nAcquire::https::Proxy "http://127.0.0.1:{PROXY}";\n'
        'APT::Get::Assume-Yes "true";\n')  # no one can answer its questions
    for kept in ("usr/sbin/policy-rc.d", "etc/resolv.conf"):  # services start, as on a real machine
        Path(root, kept).unlink(missing_ok=True)
    Path(root, "etc/hostname").write_text(f"{HOST}\n")
    Path(root, "etc/hosts").write_text(f"127.0.0.1 localhost\n127.0.1.1 {HOST}\n")  # as Debian's installer does
    Path(root, "root/printed").mkdir()
    shell = subprocess.Popen(["chroot", root, "/bin/sh", "-eux", "/root/script"], stdin=subprocess.DEVNULL,
                              env={
                                  "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                  "HOME": "/root", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"})
    while (ended := os.wait())[0] != shell.pid:  # as process 1: ended daemons must not stay zombies
        pass
    status = os.waitstatus_to_exitcode(ended[1])
    for file in Path(root, "root/printed").iterdir():
        shutil.copyfile(file, Path(printed, file.name))
    if status != 0:
        for log in sorted(Path(root, "var/log").glob("*/*.log")):
            print(f"== {log.name}\n{log.read_text(errors='replace')[-3000:]}", flush=True)
    sys.exit(status)


if __name__ == "__main__":
    {"enter": enter, "inside": inside}[sys.argv[1]](*sys.argv[2:])
