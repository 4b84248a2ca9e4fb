# SPDX-License-Identifier: Apache-2.0
"""The commands behind `make start`, `stop`, `run`, `token`, `demo` and `clean`.

State is in run/ of the checkout, or in the folder that GRAPHPROFILE_RUN names.
"""

import argparse
import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Tuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

try:
    from dev import accounts, lock, tokens  # after the path is set
    from dev.httpd import Httpd, free_port
    from dev.postgres import Postgres
except ModuleNotFoundError as error:
    raise SystemExit(f"Python's module {error.name} is missing: make deps installs it") from None

MODULE = ROOT / "build" / "mod_graphprofile.so"
EXAMPLE = ROOT / "dev" / "position.json"
RUN = Path(os.environ.get("GRAPHPROFILE_RUN", ROOT / "run"))
DEV = RUN / "dev"
DEMO = RUN / "demo"


class Server:
    """A PostgreSQL and an httpd that belong together."""

    def __init__(self, state: Path):
        self.state = state
        state.mkdir(parents=True, exist_ok=True)
        self.postgres = Postgres(state)

    def _remembered_ports(self) -> Tuple[int, int]:
        try:
            port, tls_port = map(int, (self.state / "ports").read_text().split())
            return port, tls_port
        except (OSError, ValueError):
            return 0, 0

    def httpd(self, port: int, tls_port: int) -> Httpd:
        return Httpd(self.state, MODULE, self.postgres.host, port, loglevel="debug",
                     tls_port=tls_port)

    def start(self, port: int, tls_port: int) -> Httpd:
        running = self.httpd(*self._remembered_ports())
        if running.pid() is not None and self.postgres.is_running():
            if (running.port, running.tls_port) != (port, tls_port):
                raise SystemExit(f"it runs already, on port {running.port} and {running.tls_port}"
                                 " (TLS): make stop first")
            return running
        running.stop()
        try:
            self.postgres.start()
            httpd = self.httpd(port, tls_port)
            httpd.start()
        except BaseException:
            self.stop()
            raise
        (self.state / "ports").write_text(f"{port} {tls_port}\n")
        return httpd

    def stop(self) -> None:
        self.httpd(*self._remembered_ports()).stop()
        self.postgres.stop()
        accounts.remove_public_folder(self.state)


def announce(httpd: Httpd) -> None:
    print(f"ready {httpd.url}/beta")
    print("try   curl -i -H \"Authorization: Bearer $(make -s token USER=alice)\" \\\n"
          "          -H 'Content-Type: application/json' --data @dev/position.json \\\n"
          f"          {httpd.url}/beta/me/profile/positions\n"
          f"tls   {httpd.tls_url}/beta, certified by {httpd.ca}", flush=True)


def wait(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def start(arguments) -> None:
    with lock.hold(DEV, wait):
        httpd = Server(DEV).start(arguments.port, arguments.tls_port)
    announce(httpd)


def stop(_arguments) -> None:
    for state in (DEV, DEMO):
        if state.is_dir():
            with lock.hold(state, wait if state == DEV else None):
                Server(state).stop()


def clean(_arguments) -> None:
    """Stop everything in run/ and remove it, unless a test run or a demo is using it."""
    with contextlib.ExitStack() as locks:
        for file in sorted(RUN.glob("*.lock")):
            locks.enter_context(lock.hold(file.with_suffix("")))
        for state in filter(Path.is_dir, sorted(RUN.glob("*"))):
            Server(state).stop()
        if RUN.exists():
            shutil.rmtree(RUN)


def run(arguments) -> None:
    def end(*_):
        for name in ends:  # ignore further signals: they must not interrupt the stop
            signal.signal(name, signal.SIG_IGN)
        raise KeyboardInterrupt

    ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for name in ends:
        signal.signal(name, end)
    server = Server(DEV)
    try:
        with lock.hold(DEV, wait):
            httpd = server.start(arguments.port, arguments.tls_port)
        announce(httpd)
        print(f"log   {httpd.error_log} (Ctrl-C stops)", flush=True)
        while httpd.pid() is not None:
            time.sleep(1)
        raise SystemExit("httpd exited: see its log")
    except KeyboardInterrupt:
        print()
    finally:
        with lock.hold(DEV, wait):
            server.stop()
        print("stopped", flush=True)


def token(arguments) -> None:
    tokens.make_keys(DEV)
    print(tokens.mint(DEV, arguments.user, arguments.name, arguments.scopes, arguments.roles,
                      arguments.ttl))


# ---- the demo ----

def title(text: str) -> None:
    print(f"\n== {text}\n", flush=True)


def demo(_arguments) -> None:
    with lock.hold(DEMO):
        show(Server(DEMO))


def show(server: Server) -> None:
    title("1. A private PostgreSQL and a private httpd with mod_graphprofile")
    httpd = server.start(free_port(), free_port())
    try:
        print(f"{httpd.url}/beta is the service root; the state is in {server.state}")
        print(f"{httpd.tls_url}/beta is the same over TLS, certified by {httpd.ca}")
        show_post(server, httpd)
    finally:
        server.stop()
    print("\nBoth servers are stopped. `make run` keeps them up for you to try.", flush=True)


def show_post(server: Server, httpd: Httpd) -> None:
    bearer = tokens.mint(server.state, "alice", "Alice")
    command = ["curl", "-sS", "-i", f"{httpd.url}/beta/me/profile/positions",
               "-H", "Content-Type: application/json",
               "--data", f"@{EXAMPLE.relative_to(ROOT)}"]

    title("2. Alice adds the specification's example position, with her bearer token")
    print("$ " + shlex.join(command) + " -H \"Authorization: Bearer $TOKEN\"\n")
    print(EXAMPLE.read_text())
    answer = subprocess.run(command + ["-H", f"Authorization: Bearer {bearer}"], cwd=ROOT,
                            capture_output=True, text=True, check=False).stdout
    head, _, body = answer.partition("\n\n") if "\r" not in answer else answer.partition("\r\n\r\n")

    title("3. The answer")
    print(head.replace("\r", "") + "\n")
    try:
        entity = json.loads(body)
    except ValueError:
        raise SystemExit(f"not a JSON answer: {body!r}") from None
    print(json.dumps(entity, indent=2, ensure_ascii=False))
    if " 201 " not in head.split("\n")[0]:
        raise SystemExit("expected status 201: see " + str(httpd.error_log))

    title("4. The row in PostgreSQL")
    query = ("SELECT owner_id, id, etag, audiences, created, modified_by,"
             " left(document, 60) || '...' AS document"
             f" FROM graphprofile.position WHERE owner_id = 'alice' AND id = '{entity['id']}'")
    print(f"$ psql -x -c \"{query}\"\n")
    print(server.postgres.psql(query, "graphprofile", "postgres", "-x"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(required=True)
    for function in (start, run):
        command = commands.add_parser(function.__name__)
        command.add_argument("--port", type=int, default=8080)
        command.add_argument("--tls-port", type=int, default=8443)
        command.set_defaults(function=function)
    for function in (stop, demo, clean):
        commands.add_parser(function.__name__).set_defaults(function=function)
    command = commands.add_parser("token")
    command.set_defaults(function=token)
    for name in ("user", "name", "scopes", "roles"):
        command.add_argument(f"--{name}", default="")
    command.add_argument("--ttl", type=int, default=3600)
    arguments = parser.parse_args()
    try:
        arguments.function(arguments)
    except FileNotFoundError as error:
        if error.filename is None or "/" in str(error.filename):  # a file, not a program
            raise
        raise SystemExit(f"{error.filename} is missing: make deps installs what is needed") from None


if __name__ == "__main__":
    main()
