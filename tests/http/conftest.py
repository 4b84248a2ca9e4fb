# SPDX-License-Identifier: Apache-2.0
"""HTTP tests: a real httpd with the module, a real PostgreSQL, real tokens.

Every test has a user of its own, so the suite runs in any order and as often as one likes on one
database. A line of warning or worse in the error_log fails the test that caused it, unless the test
expects it. A failing test shows what went over the wire and what was logged.
"""

import os
import re
import shutil
from contextlib import closing
import sys
from pathlib import Path
from typing import Optional

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from lib.client import User, exchanges  # noqa: E402
from dev import accounts, lock, tokens  # noqa: E402
from dev.httpd import Httpd, free_port  # noqa: E402
from dev.postgres import DATABASE, Postgres  # noqa: E402
from lib.errorlog import ErrorLog  # noqa: E402
from lib.instruments import Instruments  # noqa: E402
from lib.program import Program  # noqa: E402

# Locations besides /beta (see dev/httpd.conf), for what differs by configuration.
LOCATIONS = """
LimitRequestFieldSize 32768
LoadModule authz_host_module "${GP_MODULES}/mod_authz_host.so"
LoadModule auth_basic_module "${GP_MODULES}/mod_auth_basic.so"
LoadModule authn_file_module "${GP_MODULES}/mod_authn_file.so"
LoadModule alias_module "${GP_MODULES}/mod_alias.so"
LoadModule filter_module "${GP_MODULES}/mod_filter.so"
LoadModule deflate_module "${GP_MODULES}/mod_deflate.so"
LoadModule rewrite_module "${GP_MODULES}/mod_rewrite.so"

RewriteEngine On
RewriteRule "^/rewritten/(.*)" "/beta/$1" [PT]

<LocationMatch "^/(relaxed|small|compact|large|limited|inflate|deflate|paged|documents|worded|guarded|pages|all-pages|stamped)">
    GraphProfileUserName "%{reqenv:OIDC_CLAIM_name}"
    GraphProfileApplication "%{reqenv:OIDC_CLAIM_appid}"
    GraphProfileScopes "%{reqenv:OIDC_CLAIM_scp}"
    GraphProfileRoles "%{reqenv:OIDC_CLAIM_roles}"
</LocationMatch>
<Location "/relaxed">
    GraphProfile On
    GraphProfileValidation relaxed
    AuthType oauth20
    Require valid-user
</Location>
<Location "/small">
    GraphProfile On
    GraphProfileMaxBody 1000
    GraphProfileDefaultAudience 2,family
    GraphProfileBaseURL https://api.example.com/small/
    AuthType oauth20
    Require valid-user
</Location>
<Location "/stamped">
    GraphProfile On
    GraphProfileCreatedBy server
    AuthType oauth20
    Require valid-user
</Location>
<Location "/compact">
    GraphProfile On
    GraphProfileMaxDocument 20000
    AuthType oauth20
    Require valid-user
</Location>
<Location "/compact-relaxed">
    GraphProfile On
    GraphProfileMaxDocument 20000
    GraphProfileValidation relaxed
    AuthType oauth20
    Require valid-user
</Location>
<Location "/large">
    GraphProfile On
    GraphProfileMaxBody 1000000
    AuthType oauth20
    Require valid-user
</Location>
<Location "/limited">
    GraphProfile On
    LimitRequestBody 500
    AuthType oauth20
    Require valid-user
</Location>
<Location "/inflate">
    GraphProfile On
    SetInputFilter DEFLATE
    AuthType oauth20
    Require valid-user
</Location>
<Location "/inflate-little">
    GraphProfile On
    SetInputFilter DEFLATE
    DeflateInflateLimitRequestBody 2000
    AuthType oauth20
    Require valid-user
</Location>
<Location "/deflate">
    GraphProfile On
    SetOutputFilter DEFLATE
    AuthType oauth20
    Require valid-user
</Location>
<Location "/paged">
    GraphProfile On
    GraphProfilePageSize 3
    AuthType oauth20
    Require valid-user
</Location>
<Location "/any-number">
    GraphProfile On
    GraphProfileMaxPositions 0
    AuthType oauth20
    Require valid-user
</Location>
<Location "/guarded">
    GraphProfile On
    AuthType oauth20
    Require valid-user
</Location>
<Location "/guarded/users">
    Require all denied
</Location>
<Location "/guarded/me/profile/positions/$count">
    GraphProfile Off
</Location>
<Location "/small/inner">
    GraphProfile On
</Location>
<Location "/open">
    GraphProfile On
    Require all granted
</Location>
<Location "/pages">
    GraphProfile On
    GraphProfileAllowOrigin http://app.example https://other.example
    AuthType oauth20
    Require valid-user
</Location>
<Location "/all-pages">
    GraphProfile On
    GraphProfileAllowOrigin *
    ErrorDocument 404 /error.txt
    AuthType oauth20
    Require valid-user
</Location>
<Location "/all-pages/users">
    GraphProfileAllowOrigin None
</Location>
<Location "/plain">
    GraphProfile On
    AuthType oauth20
    Require valid-user
</Location>
<Location "/public">
    GraphProfile On
    GraphProfileAnonymous On
    Require all granted
</Location>
<Location "/basic">
    GraphProfile On
    GraphProfileScopes "%{reqenv:NOT_SET}"
    GraphProfileRoles "%{reqenv:NOT_SET}"
    AuthType Basic
    AuthName basic
    AuthUserFile "${GP_PUBLIC}/users"
    Require valid-user
</Location>
<Location "/unchecked">
    GraphProfile On
    AuthType Basic
    AuthName basic
    AuthUserFile "${GP_PUBLIC}/users"
    Require valid-user
</Location>
<Location "/broken">
    GraphProfile On
    GraphProfileScopes "%{file:/nowhere/at/all}"
    GraphProfileRoles "%{reqenv:OIDC_CLAIM_roles}"
    AuthType oauth20
    Require valid-user
</Location>
<Location "/astray">
    GraphProfile On
    AuthType Basic
    AuthName basic
    AuthUserFile "${GP_PUBLIC}/users"
    Require valid-user
    ErrorDocument 401 /astray/me/profile/positions
    ErrorDocument 404 /astray/me/profile/positions
</Location>
<Location "/documents">
    GraphProfile On
    ErrorDocument 400 "The administrator's own words
    ErrorDocument 401 /error.txt
    ErrorDocument 416 "Not that far
    AuthType oauth20
    Require valid-user
</Location>
<Location "/worded">
    GraphProfile On
    ErrorDocument 403 "Not for you
    ErrorDocument 405 /error.txt
    AuthType oauth20
    Require valid-user
</Location>
<Location "/beta/off">
    GraphProfile Off
</Location>
<Location "/error.txt">
    Require all granted
</Location>
Alias "/beta/me/files" "${GP_PUBLIC}/htdocs"
<Directory "${GP_PUBLIC}/htdocs">
    Require all granted
</Directory>
"""


def pytest_addoption(parser):
    parser.addoption("--module", default="build/mod_graphprofile.so", help="the module to test")
    parser.addoption("--mpm", default="event", choices=("event", "worker", "prefork"),
                     help="the MPM of every httpd")
    parser.addoption("--http2", action="store_true", help="speak HTTP/2, where a test does not say what")
    parser.addoption("--valgrind", action="store_true", help="run every httpd under valgrind")
    parser.addoption("--soak", default=0, type=int, metavar="SECONDS",
                     help="how long the history of all that goes wrong is to last")


def pytest_configure(config):
    os.environ["GP_MPM"] = config.getoption("--mpm")  # for dev/httpd.py, here and in processes of ours
    os.environ["GP_HTTP2"] = "1" if config.getoption("--http2") else ""
    config.addinivalue_line("markers", "threads: what requests of one process share; not for prefork")
    config.addinivalue_line("markers", "http1: about HTTP/1.1 itself, or a server or client that has no other")


def pytest_collection_modifyitems(config, items):
    for marker, is_out in (("threads", config.getoption("--mpm") == "prefork"),
                           ("http1", config.getoption("--http2"))):
        out = [item for item in items if is_out and item.get_closest_marker(marker)]
        items[:] = [item for item in items if item not in out]
        config.hook.pytest_deselected(items=out)


@pytest.fixture(scope="session")
def module(request) -> Path:
    return (ROOT / request.config.getoption("--module")).resolve()


@pytest.fixture(scope="session")
def state(request, module):
    """A new state folder, one for each build of the module and each MPM. Another run that uses it is
    waited for."""
    folder = ROOT / "run" / f"test-{module.parent.name}-{os.environ['GP_MPM']}"

    def wait(message):
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print(message, file=sys.stderr, flush=True)

    with lock.hold(folder, wait):
        for postgres in folder.glob("*/postgres"):  # of a run that was killed
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


class Server:
    """A PostgreSQL and an httpd for tests, each of which can be stopped and started alone."""

    def __init__(self, state: Path, module: Path, environment: dict, extra: str = "",
                 loglevel: str = "info", pghost: str = "", postgres: Optional[Postgres] = None):
        """`pghost` is where httpd finds PostgreSQL, if not at its socket; `postgres` one of another kind."""
        state.mkdir(parents=True, exist_ok=True)
        self.state = state
        self.postgres = postgres or Postgres(state, fsync="off")
        self.postgres.start()
        if "GP_UNDER" in os.environ or "TSAN_OPTIONS" in environment:
            extra = f"MaxMemFree 1\n{extra}"  # what pools do not use they give back, and its use is seen
        self.httpd = Httpd(state, module, pghost or self.postgres.host, free_port(), loglevel, extra,
                           environment)
        self.log = ErrorLog(self.httpd.error_log)

    @property
    def url(self) -> str:
        return self.httpd.url

    def start(self) -> "Server":
        (self.httpd.public / "users").write_text(  # alice:secret, o'brien:secret
            "alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\no'brien:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n")
        self.httpd.start()
        (self.httpd.public / "htdocs" / "file.txt").write_text("a file\n")
        (self.httpd.public / "htdocs" / "error.txt").write_text("the administrator's page\n")
        return self

    def stop(self) -> None:
        self.httpd.stop()
        self.postgres.stop("immediate")
        accounts.remove_public_folder(self.state)

    def __enter__(self) -> "Server":
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def connect(self, role: str = "postgres", database: str = DATABASE):
        connection = psycopg2.connect(host=self.postgres.host, dbname=database, user=role)
        connection.autocommit = True
        return connection


@pytest.fixture(scope="session")
def sanitizer_reports(instruments):
    yield
    assert not instruments.reports(), "\n".join(instruments.reports())


@pytest.fixture(scope="session")
def server(state, module, sanitizers, sanitizer_reports):
    with Server(state / "main", module, sanitizers, LOCATIONS) as server:
        yield server


@pytest.fixture(scope="session")
def database(server):
    """A superuser's connection, to look at the rows from behind."""
    with closing(server.connect()) as connection:
        yield connection.cursor()


@pytest.fixture(name="log")
def _log(server):
    """The error_log of the shared server, from the start of this test."""
    server.log.mark()
    yield server.log
    server.log.check()


@pytest.fixture
def program(server, module, sanitizers):
    """The command line program, with the shared server's database."""
    return Program(module, sanitizers, server.postgres)


@pytest.fixture
def user(server, log, database):
    """Somebody new, with a token to read and write their own positions."""
    return User(server, database)


@pytest.fixture
def other(server, log, database):
    return User(server, database)


@pytest.fixture
def new_user(server, log, database):
    """Makes users with what a test wants in their tokens."""
    return lambda **claims: User(server, database, **claims)


@pytest.fixture
def no_database_error(server):
    """Fails a test in which PostgreSQL refuses a statement, whatever the client is told then."""
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
    for value in getattr(item, "funcargs", {}).values():
        if report.failed and isinstance(value, Server):
            report.sections.append(("error_log", "".join(value.log.lines()[-20:])))


def mint(server, user, **options):
    return tokens.mint(server.state, user, **options)
