# SPDX-License-Identifier: Apache-2.0
"""The measured servers, their data, and every kind of request."""

import json
import re
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Dict, NamedTuple, Optional, Tuple

import jwt
from bench import load
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from dev import tokens
from dev.httpd import Httpd, free_port
from dev.postgres import Postgres

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
CONFIG = ROOT / "bench" / "httpd.conf"

# The first position of every owner has this id, so that a request only needs a random owner.
ID = "00000000-0000-7000-8000-000000000001"
ETAG = "3f4f47322af867efdaccc9bff2ceae75"
FILTER = "detail/jobTitle eq 'Job Title 7' and detail/endMonthYear ge 2019-01-01"

# The numbers of the owners: from, to, positions of each.
FIVE = (1, 2000, 5)
TWENTY = (10001, 10500, 20)
CHANGED = (20001, 22000, 1)
NEW = (10**6, 2**52, 0)  # owners without positions


class Way(NamedTuple):
    """A kind of request: by HTTP if it has a path, otherwise by pgbench with the named statements."""
    title: str
    owners: tuple
    path: str = ""
    method: str = "GET"
    body: str = ""
    statements: tuple = ()
    levels: Optional[tuple] = None  # of connections; None: all
    token: str = ""  # the algorithm that signs the token; "": a header names the caller


ITEM = f"me/profile/positions/{ID}"
LIST = "me/profile/positions"
QUERY = LIST + "?$filter=" + FILTER.replace(" ", "%20")
ORDERED = LIST + "?$orderby=detail/jobTitle%20desc,detail/endMonthYear&$top=5"

WAYS = {
    "post": Way("POST", NEW, "beta/" + LIST, "POST", "post.json"),
    "item": Way("GET item", FIVE, "beta/" + ITEM),
    "list": Way("GET list of 5", FIVE, "beta/" + LIST),
    "list20": Way("GET list of 20", TWENTY, "beta/" + LIST),
    "filter": Way("GET `$filter` over 20", TWENTY, "beta/" + QUERY),
    "orderby": Way("GET `$orderby` over 20", TWENTY, "beta/" + ORDERED),
    "patch": Way("PATCH", CHANGED, "beta/" + ITEM, "PATCH", "patch.json"),
    "constant": Way("httpd, a constant", FIVE, "bare/constant"),
    "static": Way("httpd, a static file", FIVE, "item.json"),
    "bare_select": Way("bare handler, select", FIVE, "bare/select/" + ID),
    "bare_list": Way("bare handler, list of 5", FIVE, "bare/list"),
    "bare_insert": Way("bare handler, insert", NEW, "bare/insert", "POST", "post.json"),
    "sql_post": Way("pgbench, insert", NEW, statements=("gp_create_within_3",), levels=(1, 16)),
    "sql_item": Way("pgbench, select", FIVE, statements=("gp_read_3",), levels=(1, 16)),
    "sql_list": Way("pgbench, list of 5", FIVE, statements=("gp_list_3",), levels=(1, 16)),
    "sql_list20": Way("pgbench, list of 20", TWENTY, statements=("gp_list_3",), levels=(1, 16)),
    "sql_patch": Way("pgbench, select and update", CHANGED,
                     statements=("gp_read_3", "gp_replace_2"), levels=(1, 16)),
    # A bearer token is checked as in conf/entra-id.conf; as in conf/oauth2.conf, without its cache of tokens and with it.
    "token": Way("mod_auth_openidc, RS256", FIVE, "token/" + ITEM, levels=(1, 16), token="RS256"),
    "token_es": Way("mod_auth_openidc, ES256", FIVE, "token/" + ITEM, levels=(16,), token="ES256"),
    "oauth2": Way("mod_oauth2, RS256", FIVE, "oauth2/" + ITEM, levels=(16,), token="RS256"),
    "oauth2_es": Way("mod_oauth2, ES256", FIVE, "oauth2/" + ITEM, levels=(16,), token="ES256"),
    "cached": Way("mod_oauth2, RS256, cached", FIVE, "oauth2-cached/" + ITEM, levels=(16,), token="RS256"),
    "cached_es": Way("mod_oauth2, ES256, cached", FIVE, "oauth2-cached/" + ITEM, levels=(16,), token="ES256"),
    # With the same token. A batch counts as one request.
    "token_post": Way("POST, RS256", FIVE, "token/" + LIST, "POST", "post.json", levels=(1, 16), token="RS256"),
    "batch_post": Way("batch of 20 POST, RS256", FIVE, "token/$batch", "POST", "batch-post.json", levels=(1, 16), token="RS256"),
    "batch_get": Way("batch of 20 GET item, RS256", FIVE, "token/$batch", "POST", "batch-get.json", levels=(1, 16), token="RS256"),
}
TOKENS = [name for name, way in WAYS.items() if way.token and way.method == "GET"]
BATCH = 20

# The parameters of the statements: constants, or :owner, a random number from pgbench.
ME = ":owner"
VIEWER = ("true", "56", ME)
ARGUMENTS = {
    "gp_create_within_3": (ME, ID, ETAG, "8", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", ME,
                    "DOCUMENT", "1000"),
    "gp_read_3": (ME, ID, *VIEWER, "2147483647"),
    "gp_list_3": (ME, "00000000-0000-0000-0000-000000000000", "524288", "1001"),
    "gp_replace_2": (ETAG, "8", "2026-01-01T00:00:00Z", ME, "DOCUMENT", ME, ID, ETAG),
}


def new_ec_key() -> ec.EllipticCurvePrivateKey:
    """A key that PyJWT writes as RFC 7518 6.2.1.2 requires: it drops the leading zeros of a coordinate, and then modules
    that check tokens do not find the key. One key in 128 has such a coordinate."""
    while True:
        key = ec.generate_private_key(ec.SECP256R1())
        point = key.public_key().public_numbers()
        if min(point.x, point.y).bit_length() > 248:
            return key


class Bench:
    """A PostgreSQL and an httpd to measure, in a folder of their own."""

    def __init__(self, state: Path, processes: int, threads: int, pool: int, **settings: str):
        state.mkdir(parents=True, exist_ok=True)
        self.state = state
        self.postgres = Postgres(state, **settings)
        self.oauth2_port = free_port()
        self.httpd = Httpd(state, BUILD / "mod_graphprofile.so", self.postgres.host, free_port(),
                           config=CONFIG, environment={
                               "GP_OAUTH2_PORT": str(self.oauth2_port),
                               "GP_BENCH": str(BUILD / "bench" / "mod_bench.so"),
                               "GP_PROCESSES": str(processes),
                               "GP_THREADS": str(threads),
                               "GP_WORKERS": str(processes * threads),
                               "GP_DBDMAX": str(pool)})
        self.document = ""
        self.tokens: Dict[str, str] = {}

    def __enter__(self) -> "Bench":
        try:
            self.postgres.start()
            self.httpd.prepare()
            shutil.copy(self.httpd.ca, self.httpd.public)  # where httpd's children can read it
            self._write_bodies()
            self.httpd.extra = "Include bench.conf\n"
            (self.state / "bench.conf").write_text("BenchConstant x\n")
            self.httpd.start()
            self._make_document()
            (self.state / "bench.conf").write_text(
                f"BenchConstant {'x' * len(self._get('beta/' + ITEM))}\n")
            self.httpd.stop()
            self.httpd.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.httpd.stop()
        self.postgres.stop()

    # ---- data ----

    def _write_bodies(self) -> None:
        """Write the request bodies. The example is on one line, because the bare insert stores the body as it is."""
        example = json.loads((ROOT / "dev" / "position.json").read_text())
        (self.state / "post.json").write_text(json.dumps(example))
        for name, one in (("post", {"method": "POST", "url": LIST, "body": example}), ("get", {"method": "GET", "url": ITEM})):
            requests = [{"id": str(number), **one} for number in range(BATCH)]
            (self.state / f"batch-{name}.json").write_text(json.dumps({"requests": requests}))
        (self.state / "patch.json").write_text('{"detail": {"jobTitle": "Job Title @@"}}')
        listed = subprocess.run([str(BUILD / "bench" / "statements")], capture_output=True,
                                text=True, check=True).stdout
        self.statements = dict(line.split("\t", 1) for line in listed.splitlines())

    def _url(self, path: str) -> str:
        origin = f"http://127.0.0.1:{self.oauth2_port}" if path.startswith("oauth2") else self.httpd.url
        return f"{origin}/{path}"

    def _request(self, path: str, method: str = "GET", body: bytes = None, token: str = "", owner: int = 1) -> bytes:
        request = urllib.request.Request(self._url(path), body, method=method, headers={
            "X-User": str(owner), "Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})})
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def try_once(self, way: Way) -> bytes:
        """Return the answer to one request of a kind. Raises urllib.error.HTTPError unless it is a success."""
        body = (self.state / way.body).read_bytes() if way.body else None
        return self._request(way.path, way.method, body, self.tokens.get(way.token, ""), way.owners[0])

    def _get(self, path: str) -> bytes:
        return self._request(path)

    def _make_document(self) -> None:
        """Store the example through the module, and fill the table with copies of the stored document."""
        self.postgres.psql("TRUNCATE graphprofile.position")
        made = json.loads(self._request("beta/" + LIST, "POST",
                                        (self.state / "post.json").read_bytes()))
        self.document = self.postgres.psql(
            f"SELECT replace(document, '{made['id']}', '{ID}') FROM graphprofile.position")
        self.postgres.psql("TRUNCATE graphprofile.position")
        for owners in (FIVE, TWENTY, CHANGED):
            self.fill(*owners)
        (self.httpd.public / "htdocs" / "item.json").write_bytes(self._get("beta/" + ITEM))
        self._make_tokens()
        self.settle()

    def _make_tokens(self) -> None:
        """Make a token for each algorithm, and publish the keys as Entra ID does: with further keys and certificates."""
        rsa = load_pem_private_key((self.state / "token.key").read_bytes(), None)
        keys = {"RS256": (rsa, jwt.algorithms.RSAAlgorithm),
                "ES256": (new_ec_key(), jwt.algorithms.ECAlgorithm)}
        public = {name: {**json.loads(algorithm.to_jwk(key.public_key())), "kid": name}
                  for name, (key, algorithm) in keys.items()}
        others = [{**public["RS256"], "kid": f"another-{i}", "issuer": tokens.ISSUER, "x5t": "t" * 27,
                   "x5c": ["A" * 1600]} for i in range(6)]
        (self.httpd.public / "htdocs" / "keys.json").write_text(json.dumps({"keys": [*others, *public.values()]}))
        self.tokens = {name: tokens.mint(self.state, "1", "One", ttl=86400, key=key, algorithm=name, kid=name)
                       for name, (key, _) in keys.items()}

    def fill(self, low: int, high: int, positions: int) -> None:
        """Insert this number of positions for each owner from `low` to `high`."""
        quoted = self.document.replace("'", "''")
        self.postgres.psql(f"""
            INSERT INTO graphprofile.position
                (owner_id, id, etag, audiences, created, modified, modified_by, document)
            SELECT owner, id::uuid, '{ETAG}', 8, now(), now(), owner,
                   replace(replace('{quoted}', '{ID}', id), 'Job Title value', 'Job Title ' || n)
            FROM generate_series(1, {positions}) AS n,
                 LATERAL (SELECT '{ID[:24]}' || lpad(n::text, 12, '0') AS id) AS i,
                 LATERAL (SELECT o::text AS owner
                          FROM generate_series({low}, {high}) AS o) AS owners""")

    def settle(self) -> None:
        """Make PostgreSQL do its background work now: statistics, visibility map, checkpoint."""
        self.postgres.psql("VACUUM ANALYZE graphprofile.position")
        self.postgres.psql("CHECKPOINT")

    # ---- measuring ----

    def meter(self) -> load.Meter:
        postmaster = int((self.postgres.data / "postmaster.pid").read_text().split("\n")[0])
        return load.Meter(self.httpd.pid(), postmaster)

    def _statements(self) -> Tuple[float, float]:
        """Return how many statements the module has run, and in how many transactions."""
        metrics = {name: float(value) for name, value in re.findall(
            r"(?m)^graphprofile_(db_statements_total|db_batch_size_sum|db_batch_size_count) (\S+)$",
            self._get("metrics").decode())}
        statements = metrics["db_statements_total"]
        return statements, statements - metrics["db_batch_size_sum"] + metrics["db_batch_size_count"]

    def run(self, way: Way, connections: int, seconds: int, seed: int = 1) -> Dict[str, float]:
        """Load the servers, and return the rate, the cost, and how many statements shared a transaction."""
        before = self._statements()
        outcome = self._load(way, connections, seconds, seed)
        statements, transactions = (now - then for now, then in zip(self._statements(), before))
        outcome["batch"] = statements / transactions if transactions else None
        return outcome

    def _load(self, way: Way, connections: int, seconds: int, seed: int) -> Dict[str, float]:
        low, high, _ = way.owners
        if way.path:
            def put():
                return load.wrk(self._url(way.path), connections, seconds, low, high,
                                way.method, self.state / way.body if way.body else None,
                                self.tokens.get(way.token, ""), seed)
        else:
            script, variables = self._script(way, low, high)

            def put():
                return load.pgbench(self.postgres.bin / "pgbench", self.postgres.host, connections,
                                    seconds, script, variables)
        return self.meter().measure(put)

    def _script(self, way: Way, low: int, high: int):
        """Write the statements for pgbench, with parameters of the same types as from apr_dbd."""
        values = {"DOCUMENT": self.document}
        variables: Dict[str, str] = {}
        lines = [f"\\set owner random({low}, {high})"]
        for label in way.statements:
            arguments = iter(ARGUMENTS[label])

            def variable(_):
                argument = next(arguments)
                if argument == ME:
                    return ":owner::text"
                name = f"v{len(variables)}"
                variables[name] = values.get(argument, argument)
                return f":{name}::text"
            lines.append(re.sub("%pDt", variable, self.statements[label]) + ";")
        script = self.state / f"{'-'.join(way.statements)}.sql"
        script.write_text("\n".join(lines) + "\n")
        return script, variables
