# SPDX-License-Identifier: Apache-2.0
"""The commands of a newcomer: start, stop, run, token, demo."""

import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import jwt
import pytest
import requests
from lib.server import ROOT
from dev import accounts, lock
from dev.httpd import free_port

# A newcomer does not have the variables that a make around the tests passes on.
PLAIN = {name: value for name, value in os.environ.items()
         if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "BUILD", "EXTRA", "T")}
READY = re.compile(r"ready http://127\.0\.0\.1:(\d+)/beta\ntry   curl (?s:.*)\n"
                   r"tls   https://127\.0\.0\.1:(\d+)/beta, certified by (.*)\n")


@pytest.fixture
def dev(state):
    """Calls dev/server.py with its own state folder, whose name contains a space."""
    folder = state / "of a newcomer"
    environment = dict(os.environ, GRAPHPROFILE_RUN=str(folder))
    command = ["/usr/bin/python3", str(ROOT / "dev" / "server.py")]

    class Dev:
        def call(self, *arguments, **options):
            return subprocess.run(command + list(arguments), env=environment, text=True,
                                  capture_output=True, timeout=120, check=False, **options)

        def open(self, *arguments):
            return subprocess.Popen(command + list(arguments), env=environment, text=True,
                                    stdout=subprocess.PIPE, start_new_session=True)

        def processes(self):
            """The processes that use this state, except zombies."""
            found = []
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    with open(f"/proc/{pid}/environ", "rb") as environ:
                        if str(folder).encode() in environ.read():
                            found.append(int(pid))
                except OSError:
                    pass
            return found

    yield Dev()
    subprocess.run(command + ["stop"], env=environment, timeout=120, check=True)


def post(port, token, host="127.0.0.1", ca=None):
    """Create a position; if a CA is given, over TLS and trusting only that CA."""
    session = requests.Session()
    session.trust_env = False
    return session.post(f"{'https' if ca else 'http'}://{host}:{port}/beta/me/profile/positions",
                        json={}, timeout=60, headers={"Authorization": f"Bearer {token}"},
                        verify=ca or True)


def ports():
    """Two free ports, as arguments of start and run."""
    return ["--port", str(free_port()), "--tls-port", str(free_port())]


def test_start_twice_and_stop_twice(dev):
    given = ports()
    _, port, _, tls_port = given
    for _ in range(2):
        result = dev.call("start", *given)
        assert result.returncode == 0 and READY.match(result.stdout).groups()[:2] == (port, tls_port)
    ca = READY.match(result.stdout).group(3)
    token = dev.call("token", "--user", "o'brien", "--scopes", "User.ReadWrite", "--ttl", "60")
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", token.stdout)
    made = post(port, token.stdout.strip())
    assert made.status_code == 201
    for host in ("127.0.0.1", "localhost"):
        location = post(tls_port, token.stdout.strip(), host, ca).headers["Location"]
        assert location.startswith(f"https://127.0.0.1:{tls_port}/beta/users('o")
    other = dev.call("start", *ports())
    assert other.returncode != 0 and f"runs already, on port {port} and {tls_port}" in other.stderr
    for _ in range(2):
        assert dev.call("stop").returncode == 0
    assert dev.processes() == []

    # The stored data is still there, and clients that trusted the server still can.
    trusted = Path(ca).read_text()
    assert dev.call("start", *given).returncode == 0
    again = post(tls_port, dev.call("token", "--user", "o'brien", "--scopes",
                                    "User.ReadWrite").stdout.strip(), ca=ca)
    assert Path(ca).read_text() == trusted
    assert again.status_code == 201 and again.json()["id"] > made.json()["id"]


@pytest.mark.parametrize("option, name", [("--port", "PORT"), ("--tls-port", "TLS_PORT")])
def test_a_busy_port_is_named(dev, option, name):
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        result = dev.call("start", *ports(), option, str(port))
    assert result.returncode != 0
    assert f"port {port} is in use: choose another one with {name}=" in result.stderr
    assert dev.processes() == []


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_run_ends_with_a_signal(dev, ending):
    running = dev.open("run", *ports())
    assert running.stdout.readline().startswith("ready")
    assert len(dev.processes()) >= 5  # the command, PostgreSQL, httpd and its children
    running.send_signal(ending)
    time.sleep(0.05)
    running.send_signal(ending)  # a second signal changes nothing
    assert "stopped" in running.communicate(timeout=120)[0]
    assert running.returncode == 0
    assert dev.processes() == []


def test_the_demo(dev):
    result = dev.call("demo", cwd="/")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "HTTP/1.1 201 Created" in result.stdout and "owner_id    | alice" in result.stdout
    assert re.search(r"https://127\.0\.0\.1:\d+/beta is the same over TLS", result.stdout)
    assert dev.processes() == []


@pytest.mark.parametrize("command, hidden, named", [
    ("token", "jwt", "Python's module jwt is missing: make deps"),
    ("token", "cryptography", "Python's module cryptography is missing: make deps"),
    ("start", "openssl", "openssl is missing: make deps"), ("run", "apxs", "apxs is missing: make deps")])
def test_a_missing_package_is_named(state, dev, command, hidden, named):
    folder = state / f"without {hidden}"
    folder.mkdir()
    if command == "token":
        (folder / f"{hidden}.py").write_text(f"raise ModuleNotFoundError('gone', name='{hidden}')\n")
        where = {"PYTHONPATH": str(folder)}
    else:
        for program in {*os.listdir("/usr/bin"), *os.listdir("/usr/sbin")} - {hidden}:
            (folder / program).symlink_to(shutil.which(program) or "/bin/false")
        where = {"PATH": str(folder)}
    arguments = [command] if command == "token" else [command, *ports()]
    result = subprocess.run(["/usr/bin/python3", str(ROOT / "dev/server.py"), *arguments], text=True,
                            env={**os.environ, **where, "GRAPHPROFILE_RUN": str(folder / "run")},
                            capture_output=True, timeout=120, check=False)
    assert result.returncode == 1 and named in result.stderr and "Traceback" not in result.stderr, result


# ---- two at once in one checkout ----

def test_two_demos_do_not_share_servers(dev, state):
    with lock.hold(state / "of a newcomer" / "demo"):
        for command in ("demo", "clean"):
            refused = dev.call(command)
            assert refused.returncode == 1
            assert f"demo is in use by process {os.getpid()}: wait until that ends" in refused.stderr
    assert dev.call("clean").returncode == 0
    assert not (state / "of a newcomer").exists()


def test_a_second_run_of_the_tests_waits_for_the_first(state, module):
    """They would remove each other's servers, so only one run at a time uses the folder of a build and MPM."""
    copy = state / "locked" / module.name
    copy.parent.mkdir()
    shutil.copy(module, copy)
    folder = ROOT / "run" / f"test-locked-{os.environ['GP_MPM']}"
    with lock.hold(folder):
        shutil.rmtree(folder, ignore_errors=True)  # of an earlier run
        second = subprocess.Popen(
            ["/usr/bin/python3", "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/http/test_config.py",
             "--module", str(copy), "--mpm", os.environ["GP_MPM"], "-k", "directives_are_taken and 500ms"],
            cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert f"in use by process {os.getpid()}: waiting" in second.stderr.readline()
        assert second.poll() is None and not folder.exists()
    said = second.communicate(timeout=120)[0]
    assert second.returncode == 0 and "1 passed" in said, said


# ---- make itself ----

def make(*arguments, folder=ROOT, **environment):
    return subprocess.run(["make", *arguments], cwd=folder, env={**PLAIN, **environment}, text=True,
                          capture_output=True, timeout=500, check=False)


@pytest.mark.parametrize("name", ["alice", "-x", "--ttl", "o'brien", "'", '"', "a b", "x; echo y", "`id`", "a\\b", "\\",
                                  "$$HOME", "a#b", "*", "%s", "a,b)c(", "<x>&|", "Zoë 日本 😀"])
def test_make_token_takes_any_name(state, name):
    result = make("-s", "token", f"USER={name}", f"NAME=N {name}", "SCOPES=A B",
                  GRAPHPROFILE_RUN=str(state / "of a newcomer"))
    assert result.returncode == 0 and re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", result.stdout), result
    claims = jwt.decode(result.stdout.strip(), options={"verify_signature": False})
    name = name.replace("$$", "$")  # make's spelling of a dollar sign
    assert (claims["oid"], claims["name"], claims["scp"]) == (name, f"N {name}", "A B")


def test_make_token_ignores_the_user_of_the_environment(state):
    result = make("-s", "token", GRAPHPROFILE_RUN=str(state / "of a newcomer"), USER="somebody")
    claims = jwt.decode(result.stdout.strip(), options={"verify_signature": False})
    assert (claims["oid"], claims["name"], claims["scp"]) == ("alice", "alice", "User.ReadWrite")


# ---- make deps ----

def deps(folder, *links, **environment):
    """Start dev/deps with a package that does not exist, and only these programs in the PATH."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    for name in ("sh", "id", "dpkg-query", "mktemp", "rm", "cat", *links):
        (programs / name).symlink_to(shutil.which(name))
    if "env" in links and not accounts.IS_ROOT:
        (programs / "sudo").symlink_to(shutil.which("env"))
    return subprocess.Popen(["sh", str(ROOT / "dev" / "deps"), "make", "no-such-package"], text=True,
                            env={"PATH": str(programs), **environment},
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_deps_waits_for_another_apt(state):
    """For example the apt that a machine starts after it boots, which holds apt's lists."""
    folder = state / "apt"
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "apt.conf").write_text(
        f'Dir::State::lists "{folder}/lists";\nDir::Etc::sourcelist "/dev/null";\n'
        'Dir::Etc::sourceparts "/dev/null";\n')
    with open(folder / "lists" / "lock", "w", encoding="ascii") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        waiting = deps(folder, "env", "apt-get", "grep", "sleep", "tr", "install",
                       APT_CONFIG=str(folder / "apt.conf"))
        assert waiting.stdout.readline() == "installing no-such-package\n"
        assert "waiting for it" in waiting.stdout.readline()
        assert waiting.poll() is None
    said = waiting.communicate(timeout=120)[0]
    assert waiting.returncode != 0 and ("no-such-package" in said or "are you root" in said), said


def test_make_help_lists_every_target():
    targets = " ".join(re.findall(r"(?m)^\.PHONY: (.*)$", (ROOT / "Makefile").read_text())).split()
    result = make("help")
    assert result.returncode == 0
    assert sorted(re.findall(r"(?m)^  make (\S+) +\S", result.stdout)) == sorted(targets)


def test_a_checkout_whose_path_holds_a_space(state):
    """Built and run from the checked-in files alone, with two lines of the README."""
    checkout = state / "a maker's checkout"
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns("run", "build", ".git", "__pycache__",
                                                                    "node_modules"))
    port, tls_port = str(free_port()), str(free_port())
    try:
        result = make("start", f"PORT={port}", f"TLS_PORT={tls_port}", folder=checkout)
        assert result.returncode == 0, result.stdout + result.stderr
        assert READY.search(result.stdout).groups()[:2] == (port, tls_port)
        assert (checkout / "build" / "mod_graphprofile.so").exists()
        token = make("-s", "token", "USER=bob", folder=checkout).stdout.strip()
        assert post(port, token).status_code == 201
        assert post(tls_port, token, ca=checkout / "run/dev/ca.crt").status_code == 201
        again = make("all", folder=checkout)
        assert again.returncode == 0 and "compile" not in again.stdout
        assert make("unit", "T=text", folder=checkout).returncode == 0
    finally:
        stopped = make("clean", folder=checkout)
    assert stopped.returncode == 0, stopped.stderr
    assert not (checkout / "run").exists() and not (checkout / "build").exists()


# ---- the guards of `make lint` ----

@pytest.fixture
def checkout(tmp_path):
    """A copy of the sources to modify; `check` runs a guard on it and returns its output."""
    shutil.copytree(ROOT / "src", tmp_path / "src")
    shutil.copy(ROOT / "mod_graphprofile.c", tmp_path)

    class Checkout:
        base = tmp_path / "src" / "base" / "text.c"

        def check(self, guard):
            run = subprocess.run(["/usr/bin/python3", str(ROOT / "dev" / guard), str(tmp_path)], text=True,
                                 capture_output=True, timeout=120, check=False)
            assert run.returncode == bool(run.stdout) and not run.stderr
            return run.stdout

    return Checkout()


def test_an_include_that_points_upwards_is_found(checkout):
    assert checkout.check("check_layers.py") == ""
    checkout.base.write_text(checkout.base.read_text() + '#include "document/model.h"\n')
    assert checkout.check("check_layers.py") == 'src/base/text.c: "document/model.h" is above base\n'


@pytest.mark.parametrize("signature", ["int long_one(int n)", "static void long_one(int first,\n    int second)"],
                         ids=["line", "lines"])
def test_a_function_that_is_too_long_is_found(checkout, signature):
    assert checkout.check("check_sizes.py") == ""
    before, rest = checkout.base.read_text(), 50 - signature.count("\n") - 3
    checkout.base.write_text(f"{before}\n{signature}\n{{\n" + "    ;\n" * rest + "}\n")
    assert checkout.check("check_sizes.py") == ""
    checkout.base.write_text(f"{before}\n{signature}\n{{\n" + "    ;\n" * (rest + 1) + "}\n")
    assert checkout.check("check_sizes.py") == "src/base/text.c: long_one has 51 lines, more than 50\n"


def test_a_file_that_is_too_long_is_found(checkout):
    lines = checkout.base.read_text().splitlines()
    checkout.base.write_text("\n".join(lines + ["/* */"] * (500 - len(lines))) + "\n")
    assert checkout.check("check_sizes.py") == ""
    checkout.base.write_text(checkout.base.read_text() + "/* */\n")
    assert checkout.check("check_sizes.py") == "src/base/text.c: 501 lines, more than 500\n"


TIMED = {  # functions of a test file, and those that lack the marker
    "took": ("def test_x(user):\n    began = time.monotonic()\n    user.get()\n    assert time.monotonic() - began < 2",
             ["test_x"]),
    "in a list": ("def test_x(user):\n    took, began = [], time.perf_counter()\n    user.get()\n"
                  "    took.append(time.perf_counter() - began)\n    assert max(took) < 2", ["test_x"]),
    "in a helper": ("def soon(began):\n    assert time.monotonic() - began < 2\n\ndef again(began):\n    soon(began)\n\n"
                    "def test_x():\n    again(0)\n\ndef test_y():\n    pass", ["test_x"]),
    "of a helper": ("def ask(user):\n    began = time.monotonic()\n    user.get()\n    return time.monotonic() - began\n\n"
                    "def test_x(user):\n    one, two = ask(user), ask(user)\n    assert one < 2 * two", ["test_x"]),
    "a short wait": ("def test_x(user):\n    wait_until(lambda: user.get().status == 200, 3)", ["test_x"]),
    "marked": ("@pytest.mark.measures_time\ndef test_x():\n    began = time.time()\n    assert time.time() - began < 2", []),
    "no measurement": ("def test_x(user):\n    deadline = time.monotonic() + 60\n    began = time.monotonic()\n"
                       "    while user.get().status != 200:\n        assert time.monotonic() < deadline\n"
                       "    print(time.monotonic() - began)\n    wait_until(user.get, 60)", []),
}


@pytest.mark.parametrize("text, found", TIMED.values(), ids=TIMED)
def test_a_test_that_measures_time_without_the_marker_is_found(checkout, text, found):
    assert checkout.check("check_times.py") == ""
    folder = checkout.base.parents[2] / "tests" / "http"
    folder.mkdir(parents=True)
    (folder / "test_new.py").write_text(text)
    assert checkout.check("check_times.py") == "".join(
        f"tests/http/test_new.py: {name} asserts a time: mark it with measures_time\n" for name in found)


DOCUMENTED = {  # a mistake of a page, and the output of the guard
    "[a](docs/nowhere.md)": "docs/nowhere.md: no such file",
    "[a](docs/errors.md#nothing)": "docs/errors.md#nothing: no such heading",
    "[a](#nothing)": "#nothing: no such heading",
    "`make nothing T=x`": "make nothing: no such target",
    "```sh\nmake && make nothing\n```": "make nothing: no such target",
    "`GraphProfileNothing On`": "GraphProfileNothing: no such directive or counter",
    "`graphprofile nothing`": "graphprofile nothing: no such command",
    "```sh\necho | graphprofile check --json \\\n    --replace\n```": "graphprofile check --replace: no such option",
    "`store/nothing.c`": "store/nothing.c: no such file",
}


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A copy of everything that the pages may name, to modify."""
    folder = tmp_path_factory.mktemp("pages")
    for name in "src", "tools", "tests", "docs", "conf", "sql", "dev", "bench":
        shutil.copytree(ROOT / name, folder / name,
                        ignore=shutil.ignore_patterns("node_modules", "corpus", "__pycache__"))
    for file in "README.md", "SECURITY.md", "Makefile", "mod_graphprofile.c":
        shutil.copy(ROOT / file, folder)
    return folder


def check_docs(folder):
    return subprocess.run(["/usr/bin/python3", str(ROOT / "dev/check_docs.py"), str(folder)], text=True,
                          capture_output=True, timeout=120, check=False)


@pytest.mark.parametrize("text", DOCUMENTED)
def test_a_page_that_names_what_does_not_exist_is_found(pages, text):
    readme = pages / "README.md"
    before = readme.read_text()
    try:
        readme.write_text(f"{before}\n{text}\n")
        assert check_docs(pages).stdout == f"README.md: {DOCUMENTED[text]}\n"
    finally:
        readme.write_text(before)
    assert check_docs(pages).returncode == 0


def test_a_page_that_the_readme_does_not_link_is_found(pages):
    page = pages / "docs" / "forgotten.md"
    page.write_text("# Forgotten\n\nSee the [list](../README.md#try-it).\n")
    try:
        found = check_docs(pages)
        assert found.stdout == "README.md: no link to docs/forgotten.md\n" and found.returncode == 1
    finally:
        page.unlink()


def test_a_comment_that_names_a_page_which_does_not_exist_is_found(pages):
    file = pages / "conf" / "graphprofile.conf"
    before = file.read_text()
    file.write_text(f"{before}# docs/nowhere.md\n")
    try:
        assert check_docs(pages).stdout == "conf/graphprofile.conf: docs/nowhere.md: no such file\n"
    finally:
        file.write_text(before)


@pytest.mark.parametrize("before, after, found", [
    ("| `--batch LINES` | import |", "| `--batch LINES` | check |",
     "check: --batch is no option of it\ndocs/command-line.md: graphprofile import: --batch is not listed"),
    ("| `--json` | check, import, forget |", "| `--json` | import, forget |", "check: --json is not listed")])
def test_an_option_that_the_command_line_page_lists_wrongly_is_found(pages, before, after, found):
    page = pages / "docs" / "command-line.md"
    text = page.read_text()
    assert text.count(before) == 1
    page.write_text(text.replace(before, after))
    try:
        assert check_docs(pages).stdout == f"docs/command-line.md: graphprofile {found}\n"
    finally:
        page.write_text(text)
