# SPDX-License-Identifier: Apache-2.0
"""The configuration as httpd reads it: errors at the start, and inheritance."""

import re
import shutil
import tempfile
from pathlib import Path

import pytest
from lib.outage import ONE_CHILD, Victim, wait_until_served
from lib.server import ROOT, Server
from dev import accounts
from dev.httpd import CONFIG, Httpd, free_port
from test_outage import answers_of_a_crowd

NEEDS_LOCATION = "needs a <Location> with a plain path"

REFUSED = [
    ('<Directory "/tmp">\nGraphProfile On\n</Directory>', NEEDS_LOCATION),
    ('<LocationMatch "/b.*">\nGraphProfile On\n</LocationMatch>', NEEDS_LOCATION),
    ('<Location ~ "/b.*">\nGraphProfile On\n</Location>', NEEDS_LOCATION),
    ('<Location "/b*">\nGraphProfile On\n</Location>', NEEDS_LOCATION),
    ("GraphProfile On", "GraphProfile not allowed here"),
    ("GraphProfileValidation lax", "must be strict or relaxed, not lax"),
    ("GraphProfileMaxBody 1k", "number of bytes"),
    ("GraphProfileMaxBody -1", "number of bytes"),
    ("GraphProfilePageSize ten", "from 1 to 1000"),
    ("GraphProfileMaxPositions -1", "from 0 to 10000"),
    ("GraphProfileMaxPositions many", "from 0 to 10000"),
    ("GraphProfileDefaultAudience everybody", "not everybody"),
    ("GraphProfileDefaultAudience unknownFutureValue", "allowedAudiences"),
    ('GraphProfileDefaultAudience ""', "allowedAudiences"),
    ("GraphProfileDefaultAudience me,", "allowedAudiences"),
    ("GraphProfileTop all", "must be total or page, not all"),
    ("GraphProfileMetadata deep", "must be derived or flat, not deep"),
    ("GraphProfileCreatedBy nobody", "must be client or server, not nobody"),
    ("GraphProfileDefaultAudience 64", "not 64"),
    ("GraphProfileDefaultAudience family,-1", "not family,-1"),
    ('<Location "/x">\nGraphProfileBaseURL /beta\n</Location>', "absolute http or https URL"),
    ('<Location "/x">\nGraphProfileBaseURL ftp://x/\n</Location>', "absolute http or https URL"),
    ('<Location "/x">\nGraphProfileBaseURL https://x/?a=b\n</Location>', "absolute http or https"),
    ("GraphProfileAnonymous maybe", "must be On or Off"),
    ("GraphProfileServerTiming maybe", "must be On or Off"),
    *((f"GraphProfileAllowOrigin {words}", "origins as browsers send them") for words in (
        "", "app.example.com", "https://app.example.com/", "https://App.example.com", "null",
        "https://*.example.com", "https://app.example.com:443", "https://app.example.com?a=b",
        "https://user@app.example.com", "* https://app.example.com", "None *", "https://x None")),
    ("GraphProfileForwarded X-Host", "does not know X-Host"),
    ("GraphProfileForwarded Forwarded X-Forwarded-Host", "must be either Forwarded or X-Forwarded"),
    ("GraphProfileForwarded X-Forwarded-Host", "GraphProfileForwarded needs mod_remoteip"),
    *((f"<VirtualHost *:1>\n{lines}\n</VirtualHost>", "GraphProfileForwarded needs mod_remoteip") for lines in (
        "GraphProfileForwarded X-Forwarded-Host",
        '<Location "/x">\nGraphProfileForwarded X-Forwarded-Host\n</Location>')),
    ("GraphProfileTimeout 0", "must be a time above 0"),
    ("GraphProfileTimeout soon", "must be a time above 0"),
    ("GraphProfileQueueTimeout -1", "must be a time above 0"),
    ("GraphProfilePrepare maybe", "must be On or Off"),
    ('GraphProfileScopes "%{nonsense:x}"', "GraphProfileScopes: "),
    ('GraphProfileUser "%{"', "GraphProfileUser: "),
]


def check(state, module, sanitizers, extra, config=CONFIG):
    """The output of `apachectl configtest`."""
    folder = state / "config"
    folder.mkdir(exist_ok=True)
    httpd = Httpd(folder, module, "/nowhere", free_port(), extra=extra + "\n",
                  environment=sanitizers, config=config)
    httpd.prepare()
    try:
        return httpd.control("-t")
    finally:
        accounts.remove_public_folder(folder)


@pytest.mark.parametrize("extra, message", REFUSED, ids=[row[0][:60] for row in REFUSED])
def test_wrong_directives_are_named(state, module, sanitizers, extra, message):
    result = check(state, module, sanitizers, extra)
    assert result.returncode != 0 and message in result.stdout, result.stdout


@pytest.mark.parametrize("extra", ["", "GraphProfileTimeout 500ms", "GraphProfileValidation relaxed",
                                   "GraphProfileAllowOrigin *", "GraphProfileAllowOrigin None",
                                   "GraphProfileAllowOrigin https://a.example http://[::1]:8000",
                                   '<Location "/">\nGraphProfile On\n</Location>'])
def test_right_directives_are_taken(state, module, sanitizers, extra):
    result = check(state, module, sanitizers, extra)
    assert result.returncode == 0, result.stdout


# ---- the database, as far as a configuration shows it ----

WITHOUT_DBD = re.sub(r"(?m)^DBD.*$", "", CONFIG.read_text())
PARAMS = 'DBDParams "host=/nowhere dbname=x connect_timeout=2"\n'
HOST = '<VirtualHost *:1>\nServerName second.example\n%s</VirtualHost>\n'
NO_DATABASE = "needs DBDParams that name a database"

DATABASES = {
    "nothing": ("", "needs DBDriver pgsql"),
    "no parameters": ("DBDriver pgsql\n", "in the main server needs DBDParams"),
    "no driver": (PARAMS, "needs DBDriver pgsql"),
    "another driver": ("DBDriver sqlite3\n" + PARAMS, "needs DBDriver pgsql, not sqlite3"),
    "no database": ("DBDriver pgsql\nDBDParams host=/nowhere\n", NO_DATABASE),
    "an URI without": ("DBDriver pgsql\nDBDParams postgresql://localhost\n", NO_DATABASE),
    "misspelt": ("DBDriver pgsql\nDBDParams 'dbname=x hots=y'\n", 'invalid connection option "hots"'),
    "DBDMax alone": ("DBDriver pgsql\n" + PARAMS + "DBDMax 1\n", "are 1, 2 and 1"),
    "DBDMin above": ("DBDriver pgsql\n" + PARAMS + "DBDMin 3\n", "are 3, 2 and 10"),
    "only in a host": (HOST % ("DBDriver pgsql\n" + PARAMS), "in the main server needs DBDriver"),
    "worse in a host": ("DBDriver pgsql\n" + PARAMS + HOST % "DBDParams host=/nowhere\n",
                        r"in the host of \S+extra.conf:\d+ " + NO_DATABASE),
    "worse in an included host": (
        "DBDriver pgsql\n" + PARAMS + HOST % "<IfModule dbd_module>\nDBDMax 1\n</IfModule>\n",
        r"in the host of \S+extra.conf:\d+ .* are 1, 2 and 1"),
    # Valid settings.
    "right": ("DBDriver pgsql\n" + PARAMS, None),
    "sections": ("<IfModule dbd_module>\nDBDriver pgsql\n<IfModule !nonsense>\n" + PARAMS
                 + "</IfModule>\n</IfModule>\n", None),
    "a variable": ('Define base "host=/nowhere dbname=x connect_timeout=2"\nDBDriver pgsql\n'
                   'DBDParams "${base}"\n', None),
    "an URI": ("DBDriver pgsql\nDBDParams postgresql://localhost/x?connect_timeout=2\n", None),
    "a service": ("DBDriver pgsql\nDBDParams service=x\n", None),
    "better in a host": ("DBDriver pgsql\n" + PARAMS + HOST % "DBDMin 3\nDBDKeep 4\n", None),
    "one connection": ("DBDriver pgsql\n" + PARAMS + "DBDKeep 1\nDBDMax 1\n", None),
    "no pool": ("DBDriver pgsql\n" + PARAMS + "DBDPersist Off\nDBDMax 1\n", None),
}


@pytest.mark.threads
@pytest.mark.parametrize("directives, message", DATABASES.values(), ids=DATABASES.keys())
def test_the_database_is_configured(state, module, sanitizers, directives, message):
    config = state / "without-database.conf"
    config.write_text(WITHOUT_DBD)
    result = check(state, module, sanitizers, directives, config)
    if message is None:
        assert result.returncode == 0 and "GraphProfile" not in result.stdout, result.stdout
    else:
        assert result.returncode != 0 and re.search(message, result.stdout), result.stdout


def test_without_mod_dbd_it_does_not_start(state, module, sanitizers):
    config = state / "without-dbd.conf"
    config.write_text(WITHOUT_DBD.replace("LoadModule dbd_module", "#"))
    result = check(state, module, sanitizers, "", config)
    assert result.returncode != 0 and "GraphProfile On in the main server needs mod_dbd" in result.stdout


def test_a_poor_configuration_is_a_warning(state, module, sanitizers):
    result = check(state, module, sanitizers, "DBDParams dbname=x\n")
    assert result.returncode == 0 and "DBDParams lack connect_timeout" in result.stdout
    result = check(state, module, {**sanitizers, "GP_MPM": "prefork"}, "")
    assert result.returncode == 0 and "prefork" in result.stdout, result.stdout


PARAMS_OF_MAIN = re.search(r"(?m)^DBDParams .*", CONFIG.read_text())[0]


@pytest.mark.threads
@pytest.mark.parametrize("directives", ["", PARAMS_OF_MAIN], ids=["inherited", "repeated"])
def test_hosts_that_share_a_pool_share_its_bound(state, module, sanitizers, directives):
    """From the first request on."""
    second = free_port()
    server = Server(state / f"hosts-{len(directives)}", module, sanitizers, ONE_CHILD + f"""
        DBDMin 1
        DBDKeep 2
        DBDMax 2
        GraphProfileQueueTimeout 300ms
        Listen 127.0.0.1:{second}
        <VirtualHost 127.0.0.1:{second}>
            ServerName second.example
            {directives}
        </VirtualHost>
    """)
    try:
        server.start()
        users = [Victim(server) for _ in range(6)]
        for user in users[3:]:
            user.server = type("Second", (), {"url": f"http://127.0.0.1:{second}"})()
        wait_until_served(users[0])
        statuses = sorted(answer.status for answer in answers_of_a_crowd(server, users, 2))
        assert statuses == [201, 201, 503, 503, 503, 503]
        assert users[3].post({}).headers["Location"].startswith(f"http://second.example:{second}/")
        server.log.check()
    finally:
        server.stop()


# ---- the password file ----

def passfile(folder, kind):
    """A password file that libpq does not use, or, for "right", one that it uses."""
    path = folder / kind.replace(" ", "-") / "pgpass"
    path.parent.mkdir()
    if kind == "a folder":
        path.mkdir()
    elif kind != "missing":
        path.write_text("*:*:*:*:secret\n")
        path.chmod(0o644 if kind == "for all" else 0o440 if kind == "mounted" else 0o600)
        if accounts.IS_ROOT and kind != "of another":
            shutil.chown(path, accounts.HTTPD)
    if kind == "unreachable" and accounts.IS_ROOT:
        path.parent.chmod(0o700)
    return path


@pytest.mark.parametrize("kind, message", [
    ("missing", "cannot read the passfile of DBDParams: .*No such file or directory"),
    ("a folder", "needs a regular file as the passfile of DBDParams"),
    ("for all", "needs a passfile with mode 0600: libpq ignores .* with mode 0644"),
    ("mounted", "needs a passfile with mode 0600: libpq ignores .* with mode 0440"),
    ("of another", "needs a passfile that httpd's user .* owns and can reach"),
    ("unreachable", "needs a passfile that httpd's user .* owns and can reach"), ("right", None)])
def test_an_unusable_password_file_is_reported(state, module, sanitizers, kind, message):
    """In configtest and at the start: libpq itself ignores the file, and every request would be 503."""
    if not accounts.IS_ROOT and kind in ("of another", "unreachable"):
        pytest.skip("files of somebody else are made by root")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        result = check(state, module, sanitizers, "DBDParams \"host=/nowhere dbname=x connect_timeout=2"
                       f" passfile={passfile(Path(folder), kind)}\"")
    if message is None:
        assert result.returncode == 0, result.stdout
    else:
        assert result.returncode != 0 and re.search(message, result.stdout), result.stdout
    assert "secret:" not in result.stdout and ":secret" not in result.stdout


# ---- the documentation of directives ----

CONTEXTS = {"ACCESS_CONF": "directory", "RSRC_CONF": "server config, virtual host",
            "RSRC_CONF | ACCESS_CONF": "server config, virtual host, directory"}


def directives_of_the_code():
    """name -> context, as registered with httpd"""
    table = (ROOT / "src/http/config.c").read_text().partition("gp_config_directives[] = {")[2]
    found = re.findall(r'AP_INIT_\w+\("(\w+)",.*?((?:RSRC_CONF \| )?(?:RSRC|ACCESS)_CONF),', table, re.S)
    assert len(found) == table.partition("NULL, 0, RAW_ARGS")[0].count("AP_INIT_")
    return {name: CONTEXTS[flags] for name, flags in found}


def directives_of_the_docs():
    """name -> {"Syntax": .., "Default": .., "Context": .., "Example": ..}"""
    found = {}
    for part in (ROOT / "docs/directives.md").read_text().split("\n### ")[1:]:
        name, _, text = part.partition("\n")
        if name.startswith("GraphProfile"):
            found[name] = dict(re.findall(r"(?m)^\| (\w+) \| (.*) \|$", text))
            found[name]["Example"] = "\n".join(re.findall(r"(?m)^    (.*)", text))
    return found


def test_every_directive_is_documented_and_in_the_sample():
    code, docs = directives_of_the_code(), directives_of_the_docs()
    assert {name: row["Context"] for name, row in docs.items()} == code
    for name, row in docs.items():
        assert row["Description"] and row["Syntax"].startswith(f"`{name} "), name
        assert re.search(rf"(?m)^ *{name} ", row["Example"]), name
    sample = (ROOT / "conf/graphprofile.conf").read_text()
    assert sorted(re.findall(r"(?m)^\s*#?(GraphProfile\w*) ", sample)) == sorted(code)
    for other in (ROOT / "conf").glob("*.conf"):
        assert set(re.findall(r"GraphProfile\w+", re.sub(r"(?m)^\s*# .*", "", other.read_text()))) <= set(code)


def test_the_examples_and_defaults_of_the_docs_are_taken(state, module, sanitizers):
    lines = ["LoadModule remoteip_module ${GP_MODULES}/mod_remoteip.so"]
    for name, row in directives_of_the_docs().items():
        said = [row["Example"]] + re.findall(rf"^`({name} [^`]*)`$", row["Default"])
        for text in said:
            if row["Context"] == "directory" and "<Location" not in text:
                text = f'<Location "/x">\n{text}\n</Location>'
            lines.append(text)
    result = check(state, module, sanitizers, "\n".join(lines))
    assert result.returncode == 0, result.stdout


def test_every_error_is_documented():
    rows = re.findall(r'(?m)^    \{(\d+), "(\w+)"', (ROOT / "src/base/problem.c").read_text())
    documented = re.findall(r"(?m)^\| (\d+) \| `(\w+)`", (ROOT / "docs/errors.md").read_text())
    assert len(rows) > 20 and rows[1:] == documented
    details = set(re.findall(r'complain\(\s*reader, "(\w+)"|gp_problem_add\([^,]+, "(\w+)"',
                             "".join(file.read_text() for file in sorted((ROOT / "src/document").glob("*.c")))))
    documented = set(re.findall(r"(?m)^\| `(\w+)` \|", (ROOT / "docs/errors.md").read_text()))
    assert {a or b for a, b in details} == documented
