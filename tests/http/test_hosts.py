# SPDX-License-Identifier: Apache-2.0
"""Virtual hosts and their databases: every row and every answer belongs to the requested host, with any
combination of configuration and with many concurrent clients."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from lib.client import User
from lib.server import Server
from dev.httpd import free_port

CLIENTS = 40  # of each host
ROUNDS = 3    # of each client

FIRST, SECOND = "graphprofile", "second"

# A small pool, so that requests wait and statements run in batches.
POOL = """
DBDMin 1
DBDKeep 2
DBDMax 2
KeepAlive Off
StartServers 1
# Under prefork, each child has a connection of its own to each of eight pools, and PostgreSQL accepts 97 in all.
MaxRequestWorkers 10
# A thread for each client: the event MPM ends idle HTTP/2 connections when all threads are busy.
<IfModule !mpm_prefork_module>
    ThreadLimit 100
    ThreadsPerChild 100
    MaxRequestWorkers 100
    MinSpareThreads 1
    MaxSpareThreads 100
</IfModule>
GraphProfileQueueTimeout 20s
"""
PARAMS = 'DBDParams "host=${GP_PGHOST} dbname=second user=graphprofile connect_timeout=2 client_encoding=UTF8"\n'
AUTHENTICATED = """AuthType oauth20
    Require valid-user
    GraphProfileScopes "%{reqenv:OIDC_CLAIM_scp}"
"""

# The lines of each host in addition to its name and port: its expected database, its root, its
# directives.
HOSTS = {
    "silent": (SECOND, "/beta", PARAMS),
    "timeout": (SECOND, "/beta", PARAMS + "GraphProfileTimeout 9s\n"),
    "rooted": (SECOND, "/own", PARAMS + f'<Location "/own">\nGraphProfile On\n{AUTHENTICATED}</Location>\n'),
    "unpiped": (SECOND, "/beta", PARAMS + "GraphProfilePipeline Off\n"),
    "unprepared": (SECOND, "/beta", PARAMS + "GraphProfilePrepare Off\n"),
    "unpooled": (SECOND, "/beta", PARAMS + "DBDPersist Off\n"),
    "sharing": (FIRST, "/beta", ""),  # the pool of the main server
    # These two share a port: the name of the host decides.
    "named-first": (FIRST, "/beta", ""),
    "named-second": (SECOND, "/beta", PARAMS),
}


class Host:
    """A virtual host. A User uses it like a server."""

    def __init__(self, server, name, port):
        self.state = server.state
        self.name, self.port = f"{name}.example", port
        self.database, self.root, self.directives = HOSTS[name]
        self.url = f"http://127.0.0.1:{port}"
        self.public = f"http://{self.name}:{port}"

    @property
    def section(self):
        return (f"<VirtualHost 127.0.0.1:{self.port}>\nServerName {self.public}\n"
                f"{self.directives}</VirtualHost>\n")


class Main(Host):
    """The server outside of all virtual hosts."""

    def __init__(self, server):
        self.state, self.url, self.public = server.state, server.url, server.url
        self.name, self.database, self.root = f"127.0.0.1:{server.httpd.port}", FIRST, "/beta"


class Client(User):
    """Writes positions that carry the name of the host, and checks every answer for it."""

    def __init__(self, host, id=None):
        super().__init__(host, id=id, root=host.root)
        self.made = []

    def request(self, method, path="/me/profile/positions", body=None, headers=None, **options):
        return super().request(method, path, body, headers={"Host": self.server.name, **(headers or {})}, **options)

    def is_of_the_host(self, entity):
        return entity["detail"]["jobTitle"] == self.server.name

    def run(self):
        context = f"{self.server.public}{self.root}/$metadata#"
        for _ in range(ROUNDS):
            made = self.create({"detail": {"jobTitle": self.server.name}})
            assert self.is_of_the_host(made) and made["@odata.context"].startswith(context)
            self.made.append(made["id"])
            assert self.read(made["id"]) == made
            listed = self.get()
            assert listed.status == 200, listed.content
            assert [entity["id"] for entity in listed.json["value"]] == self.made
            assert all(map(self.is_of_the_host, listed.json["value"]))
        changed = self.patch(self.made[0], {"isCurrent": True})
        assert changed.status == 200 and self.is_of_the_host(changed.json)
        assert self.delete(self.made.pop()).status == 204
        assert self.get("/me/profile/positions/$count").content == str(len(self.made)).encode()


@pytest.fixture(scope="module")
def hosts(state, module, sanitizers, sanitizer_reports):
    server = Server(state / "hosts-and-databases", module, sanitizers)
    try:
        server.postgres.create_database(SECOND)
        shared = free_port()
        hosts = {name: Host(server, name, shared if name.startswith("named") else free_port()) for name in HOSTS}
        server.httpd.extra += POOL + "".join(
            f"Listen 127.0.0.1:{port}\n" for port in {host.port for host in hosts.values()}) + "".join(
            host.section for host in hosts.values())
        server.start()
        server.hosts = {"main": Main(server), **hosts}
        yield server
    finally:
        server.stop()


def stored(server, database):
    """The host that wrote each position in a database."""
    with closing(server.connect(database=database)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT owner_id, id::text, document::jsonb #>> '{detail,jobTitle}' FROM graphprofile.position")
        return {(owner, id): name for owner, id, name in cursor.fetchall()}


def run_together(server, clients):
    """Run all clients concurrently. Every answer must be right, and every position must be only in its host's
    database."""
    server.log.mark()
    server.log.allow("AH00484: server reached MaxRequestWorkers")
    before = {database: stored(server, database) for database in (FIRST, SECOND)}
    with ThreadPoolExecutor(len(clients)) as pool:
        for done in [pool.submit(client.run) for client in clients]:
            done.result()
    for database, rows in before.items():
        assert stored(server, database) == {**rows, **{
            (client.id, id): client.server.name
            for client in clients if client.server.database == database for id in client.made}}
    server.log.check()


@pytest.mark.parametrize("one, other", [("main", name) for name in HOSTS if not name.startswith("named")]
                         + [("named-first", "named-second"), ("silent", "timeout")])
def test_no_host_meets_the_database_of_another(hosts, one, other):
    """Both hosts know the same users, unless the hosts share a database."""
    one, other = hosts.hosts[one], hosts.hosts[other]
    clients = [Client(one) for _ in range(CLIENTS)]
    clients += [Client(other, None if one.database == other.database else client.id) for client in clients]
    run_together(hosts, clients)


def test_a_connection_of_another_hosts_pool_is_not_used(state, module, sanitizers, sanitizer_reports):
    """mod_mislead makes mod_dbd hand out connections to the wrong database: no answer is better than a wrong
    one."""
    server = Server(state / "misled", module, sanitizers)
    server.httpd.extra += POOL + f"""
        LoadModule mislead_module "{module.parent / 'tests' / 'mod_mislead.so'}"
        Listen 127.0.0.1:{(port := free_port())}
        <VirtualHost 127.0.0.1:{port}>
            ServerName http://misled.example:{port}
            {PARAMS}
        </VirtualHost>
    """
    server.postgres.create_database(SECOND)
    with server:
        server.log.mark()
        server.log.expect("gave this host a connection from the pool of another host")
        server.log.allow("500 InternalServerError")
        main = Client(Main(server))
        misled = Client(Host(server, "silent", port), main.id)
        for _ in range(5):  # more than the number of connections: each is returned
            made = main.create({"detail": {"jobTitle": main.server.name}})
            main.made.append(made["id"])
            assert misled.post({}).error["code"] == "InternalServerError"
            assert misled.get().status == misled.get(f"/me/profile/positions/{made['id']}").status == 500
            assert misled.patch(made["id"], {"isCurrent": True}).status == 500
            assert misled.delete(made["id"]).status == 500
        assert stored(server, SECOND) == {} and len(stored(server, FIRST)) == 5
        main.run()
        server.log.check()


def test_an_init_statement_that_fails(state, module, sanitizers, sanitizer_reports):
    """mod_dbd continues after it, but skips hooks that come after its own. The pool is still known."""
    server = Server(state / "init", module, sanitizers)
    server.httpd.extra += POOL + 'DBDInitSQL "nonsense"\n'
    with server:
        Client(Main(server)).run()
        server.log.check()


def test_all_hosts_at_once(hosts):
    run_together(hosts, [Client(host) for host in hosts.hosts.values() for _ in range(8)])
