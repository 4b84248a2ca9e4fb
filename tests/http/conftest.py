# SPDX-License-Identifier: Apache-2.0
"""Options and fixtures of the HTTP tests: a real httpd with the module, a real PostgreSQL, real tokens.

tests/README.md explains how to write a test with them.
"""

import os
import re
import shutil
import sys
from contextlib import closing
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parents[2]), str(Path(__file__).resolve().parent)]

from dev import accounts, lock  # noqa: E402
from dev.postgres import Postgres  # noqa: E402
from lib import citus, remeasure  # noqa: E402
from lib.client import User, exchanges  # noqa: E402
from lib.instruments import Instruments  # noqa: E402
from lib.program import Program  # noqa: E402
from lib.server import LOCATIONS, ROOT, Server  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--module", default="build/mod_graphprofile.so", help="the module to test")
    parser.addoption("--mpm", default="event", choices=("event", "worker", "prefork"),
                     help="the MPM of every httpd")
    parser.addoption("--http2", action="store_true", help="speak HTTP/2, where a test does not say what")
    parser.addoption("--valgrind", action="store_true", help="run every httpd under valgrind")
    parser.addoption("--cluster", action="store_true", help="run the tests that only `make cluster` runs, too")
    parser.addoption("--soak", default=0, type=int, metavar="SECONDS",
                     help="how long the history of all that goes wrong is to last")


def pytest_configure(config):
    config.pluginmanager.register(remeasure)
    os.environ["GP_MPM"] = config.getoption("--mpm")  # for dev/httpd.py, in this process and its children
    os.environ["GP_HTTP2"] = "1" if config.getoption("--http2") else ""
    config.addinivalue_line("markers", "threads: what requests of one process share; not for prefork")
    config.addinivalue_line("markers", "cluster: longer tests of several nodes and of Citus; only for `make cluster`")
    config.addinivalue_line("markers", "plain: not on Citus, where locks are on the workers and tables have no triggers")
    config.addinivalue_line("markers", "http1: about HTTP/1.1 itself, or a server or client that has no other")


def on_citus(config) -> bool:
    """Whether the shared server uses a Citus cluster."""
    return config.getoption("--cluster") and citus.find() is not None


def pytest_collection_modifyitems(config, items):
    for marker, is_out in (("threads", config.getoption("--mpm") == "prefork"),
                           ("http1", config.getoption("--http2")), ("cluster", not config.getoption("--cluster")),
                           ("plain", on_citus(config))):
        out = [item for item in items if is_out and item.get_closest_marker(marker)]
        items[:] = [item for item in items if item not in out]
        config.hook.pytest_deselected(items=out)


@pytest.fixture(scope="session")
def module(request) -> Path:
    return (ROOT / request.config.getoption("--module")).resolve()


@pytest.fixture(scope="session")
def state(request, module):
    """A new state folder for each build of the module and each MPM. If another run uses it, wait for that
    run."""
    folder = ROOT / "run" / f"test-{module.parent.name}-{os.environ['GP_MPM']}"

    def wait(message):
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print(message, file=sys.stderr, flush=True)

    with lock.hold(folder, wait):
        for postgres in folder.glob("*/postgres"):  # of a killed run
            Postgres(postgres.parent).stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        yield folder


@pytest.fixture(scope="session")
def instruments(request, module, state):
    instruments = Instruments(module, accounts.public_folder(state), request.config.getoption("--valgrind"))
    instruments.lend_counters()
    yield instruments
    instruments.take_counters()
    accounts.remove_public_folder(state)


@pytest.fixture(scope="session")
def sanitizers(instruments) -> dict:
    """The environment that a module built with sanitizers needs; empty for any other."""
    return instruments.environment


@pytest.fixture(scope="session")
def sanitizer_reports(instruments):
    yield
    assert not instruments.reports(), "\n".join(instruments.reports())


@pytest.fixture(scope="session")
def server(request, state, module, sanitizers, sanitizer_reports):
    if not on_citus(request.config):
        with Server(state / "main", module, sanitizers, LOCATIONS) as server:
            yield server
        return
    with citus.started(state / "main-citus", citus.find()) as cluster:
        cluster.join()
        citus.apply(cluster.coordinator, "--citus")
        with Server(state / "main", module, sanitizers, citus.SETTINGS + LOCATIONS, postgres=cluster.coordinator) as server:
            yield server


@pytest.fixture(scope="session")
def database(server):
    """A superuser's connection, to inspect the rows directly."""
    with closing(server.connect()) as connection:
        yield connection.cursor()


@pytest.fixture(name="log")
def _log(server):
    """The error_log of the shared server since the start of this test."""
    server.log.mark()
    yield server.log
    server.log.check()


@pytest.fixture
def program(server, module, sanitizers):
    """The command line program, with the shared server's database."""
    return Program(module, sanitizers, server.postgres)


@pytest.fixture
def user(server, log, database):
    """A new user, with a token to read and write their own positions."""
    return User(server, database)


@pytest.fixture
def other(server, log, database):
    return User(server, database)


@pytest.fixture
def new_user(server, log, database):
    """Makes users with the token contents that a test needs."""
    return lambda **claims: User(server, database, **claims)


@pytest.fixture
def no_database_error(server):
    """Fails a test in which PostgreSQL refuses a statement, whatever the client is answered."""
    before = server.postgres.log.stat().st_size
    yield
    errors = [line for line in server.postgres.log.read_bytes()[before:].splitlines()
              if re.search(rb" (ERROR|FATAL|PANIC): ", line)]
    assert not errors


@pytest.fixture(autouse=True)
def _forget_exchanges():
    exchanges.clear()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed and exchanges:
        report.sections.append(("what went over the wire", "\n\n".join(exchanges[-3:])))
    for value in (getattr(item, "funcargs", None) or {}).values():
        if report.failed and isinstance(value, Server):
            report.sections.append(("error_log", "".join(value.log.lines()[-20:])))

