# SPDX-License-Identifier: Apache-2.0
"""Every limit: one below it, at it, and one above it. The documentation and the tests must name all of them."""

import re
import uuid
from typing import Callable, NamedTuple
from urllib.parse import quote_plus

import pytest
from lib.client import POSITIONS, Raw
from lib.server import ROOT
from dev import tokens
from lib.sources import SOURCES, number_in_the_code
from test_config import check
from test_paging import fill


# ---- requests of a size ----

def sized(length: int) -> str:
    start, end = '{"detail":{"summary":"', '"}}'
    return start + "x" * (length - len(start) - len(end)) + end


def post(text, root="/beta"):
    return lambda user, n: user.post(data=text(n), root=root)


def post_in_chunks(root, size=97):
    def chunks(text):
        for start in range(0, len(text), size):
            yield text[start:start + size].encode()
    return lambda user, n: user.post(data=chunks(sized(n)), root=root)


def patch(text):
    def ask_for_a_change(user, n):
        return user.patch(user.create()["id"], data=text(n))
    return ask_for_a_change


def within(opener, closer):
    """Return n nested objects and arrays."""
    return lambda n: '{"createdBy":{"x":' + opener * (n - 2) + ("1" if ":" in opener else "") \
        + closer * (n - 2) + "}}"


def get(root="/beta", **options):
    """Return a function that lists with query options, each made for n."""
    def ask(user, n):
        return user.get(f"{POSITIONS}?" + "&".join(
            f"{name if name.startswith('@') else '$' + name}={quote_plus(make(n), safe=SAFE)}"
            for name, make in options.items()), root=root)
    return ask


SAFE = "'(),:/$@*=-"


def profile(option, make):
    return lambda user, n: user.get(f"/me/profile?${option}={quote_plus(make(n), safe=SAFE)}")


def filter_(make):
    return get(filter=make)


def padded(start, end=""):
    return lambda n: start + " " * (n - len(start) - len(end)) + end


def as_somebody(user, n):
    """Create a position as a user whose id has n bytes."""
    token = tokens.mint(user.server.state, str(uuid.uuid4()).ljust(n, "x"), name="N", sub=None, upn=None)
    return user.post({}, token=token)


def of_somebody(user, n):
    token = tokens.mint(user.server.state, user.id, scopes="", roles="User.Read.All")
    return user.get(f"/users/{'x' * n}/profile/positions", token=token)


def raw(user, *lines):
    with Raw(user.server) as connection:
        head = [*lines, f"Authorization: Bearer {user.token}", "Host: x"]
        return connection.send(("\r\n".join(head) + "\r\n\r\n").encode()).answer()


def request_line(user, n):
    start, end = f"GET /beta{POSITIONS}/$count?custom=", " HTTP/1.1"
    return raw(user, start + "x" * (n - len(start) - len(end)) + end)


def headers(user, n):
    return raw(user, f"GET /beta{POSITIONS} HTTP/1.1", *(f"X-{i}: y" for i in range(n - 2)))


def header(user, n):
    """Send a list of two ETags in a header line of n bytes."""
    return raw(user, f"GET /beta{POSITIONS} HTTP/1.1", padded('If-None-Match: "x",', '"y"')(n))


# ---- the table ----

class Limit(NamedTuple):
    what: str
    limit: object       # a number, or the name that it has in the code
    ask: Callable       # sends a request of size n
    status: int = 400   # of the answer where n is one too many
    says: str = ""      # what that says; {} is the limit
    documented: str = ""  # in docs/; {} is the limit


LIMITS = [
    # bodies
    Limit("body", "GP_BODY_DEFAULT", post(sized), 413, "larger than {} bytes", "GraphProfileMaxBody {}"),
    Limit("body in chunks", "GP_BODY_DEFAULT", post_in_chunks("/beta"), 413, "larger than {} bytes"),
    Limit("body in chunks of its size", "GP_BODY_DEFAULT", post_in_chunks("/beta", 65536), 413, "larger than {} bytes"),
    Limit("body of a change", "GP_BODY_DEFAULT", patch(sized), 413, "larger than {} bytes"),
    *(Limit(f"body, {why}{how}", number, ask, 413) for number, root, why in (
        (1000, "/small", "GraphProfileMaxBody"), (1000000, "/large", "GraphProfileMaxBody above"),
        (500, "/limited", "LimitRequestBody")) for how, ask in (
            ("", post(sized, root)), (" in chunks", post_in_chunks(root)))),
    *(Limit(f"nesting of {how}", "GP_DEPTH_MAX", ask, 400, "more than {} deep", "more than {} deep")
      for how, ask in (("arrays", post(within("[", "]"))), ("objects", post(within('{"a":', "}"))),
                       ("a change", patch(within("[", "]"))), ("relaxed", post(within("[", "]"), "/relaxed")),
                       ("what is ignored", post(lambda n: '{"@x":' + "[" * (n - 1) + "]" * (n - 1) + "}")))),
    *(Limit(f"objects of {name}{how}", "GP_OBJECTS_MAX", ask(
        lambda n, name=name: '{"%s":[%s]}' % (name, ",".join(["{}"] * n))), 400, "more than {} objects",
          "of more than {} objects") for name in ("colleagues", "sources") for how, ask in (
              ("", post), (" of a change", patch), (", relaxed", lambda text: post(text, "/relaxed")))),
    *(Limit(f"undeclared members{how}", "GP_MEMBERS_MAX", ask(
        lambda n, before=before, after=after: before + ",".join(f'"m{i}":{i}' for i in range(n)) + after), 400,
            "more than {} members that its type does not declare", "with more than {} members")
      for how, ask, before, after in (
          (" of an identity", post, '{"createdBy":{"user":{', "}}}"), (" within another", post, '{"createdBy":{"x":{', "}}}"),
          (", relaxed", lambda text: post(text, "/relaxed"), '{"detail":{', "}}"))),
    # values
    Limit("digits", "GP_NUMBER_MAX", post(lambda n: '{"inference":{"confidenceScore":0.%s}}' % ("1" * (n - 2))),
          400, "InvalidValue", "more than {} characters"),
    Limit("digits, undeclared", "GP_NUMBER_MAX", post(lambda n: '{"createdBy":{"x":0.%s}}' % ("1" * (n - 2)))),
    Limit("digits in $filter", "GP_NUMBER_MAX",
          filter_(lambda n: "inference/confidenceScore lt 0." + "1" * (n - 2))),
    *(Limit(f"exponent {sign}", "GP_EXPONENT_MAX", post(lambda n, sign=sign: '{"createdBy":{"x":0e%s%d}}' % (sign, n)))
      for sign in "+-"),
    Limit("Int32", 2**31 - 1, post(lambda n: '{"detail":{"layer":%d}}' % n)),
    Limit("Int32 below", 2**31, post(lambda n: '{"detail":{"layer":-%d}}' % n)),
    Limit("Double", 17976931348623158, post(lambda n: '{"inference":{"confidenceScore":%de292}}' % n)),
    Limit("digits of a second", 12, filter_(lambda n: f"createdDateTime lt 2019-01-31T10:20:30.{'1' * n}Z")),
    Limit("months", 12, post(lambda n: '{"detail":{"startMonthYear":"2019-%02d-01"}}' % n)),
    Limit("days", 29, post(lambda n: '{"detail":{"startMonthYear":"2020-02-%02d"}}' % n)),
    # callers
    Limit("id of the caller", "GP_OWNER_MAX", as_somebody, 403, "at most {} bytes long", "of more than {} bytes, `403`"),
    Limit("id in the path", "GP_OWNER_MAX", of_somebody, 404),
    # query options
    Limit("$filter", "GP_FILTER_LENGTH_MAX", filter_(padded("isCurrent", " or isCurrent")), 400,
          "longer than {} bytes", "`$filter`, `$orderby` or `$select` of more than {} bytes"),
    Limit("$filter with aliases", "GP_FILTER_LENGTH_MAX",
          get(filter=lambda n: "detail/role eq @a", **{"@a": lambda n: padded("'", "'")(n - 17)}), 400,
          "longer than {} bytes"),
    Limit("$orderby", "GP_FILTER_LENGTH_MAX", get(orderby=padded("id", " desc")), 400, "longer than {} bytes"),
    Limit("options of others", "GP_CUSTOM_OPTIONS_MAX",
          lambda user, n: user.get("/me/profile/positions?" + "x" * (n - 1)), 400, "longer than {} bytes"),
    Limit("many options of others", "GP_CUSTOM_OPTIONS_MAX",
          lambda user, n: user.get("/me/profile/positions?" + "x=1&" * (n // 4 - 1) + "y" * (n % 4 + 3)), 400,
          "longer than {} bytes"),
    Limit("$expand", "GP_EXPAND_LENGTH_MAX", profile("expand", padded("positions")), 400, "longer than {} bytes",
          "`$expand` of a profile of more than {} bytes"),
    Limit("$select of a profile", "GP_SELECT_LENGTH_MAX", profile("select", padded("id")), 400, "longer than {} bytes"),
    Limit("$select", "GP_SELECT_LENGTH_MAX", get(select=padded("id,", "id")), 400, "longer than {} bytes",
          "`$select` of more than {} bytes"),
    *(Limit(f"depth of {how}", "GP_FILTER_DEPTH_MAX", filter_(make), 400, "more than {} levels", "more than {} levels")
      for how, make in (("parentheses", lambda n: "(" * n + "isCurrent" + ")" * n),
                        ("negations", lambda n: "not " * n + "isCurrent"),
                        ("calls", lambda n: "trim(" * n + "detail/role" + ")" * n + " eq 'x'"))),
    Limit("parts of a chain", "GP_FILTER_PARTS_MAX", filter_(lambda n: " or ".join(["isCurrent"] * (n - 1))), 400,
          "more than {} parts", "or {} parts"),
    Limit("members of a list", 149, filter_(lambda n: f"detail/layer in ({','.join(['1'] * n)})"), 400, "parts"),
    Limit("comparisons", 149, filter_(lambda n: "isCurrent" + " eq true" * n), 400, "parts"),
    Limit("any() within each other", "GP_FILTER_VARIABLES_MAX", filter_(
        lambda n: "".join(f"colleagues/any(c{i}:" for i in range(n)) + "isCurrent" + ")" * n), 400,
          "nested too deeply", "more than {} `any`"),
    Limit("keys of $orderby", "GP_ORDER_KEYS_MAX", get(orderby=lambda n: ",".join(
        ["id", "isCurrent", "detail/layer", "detail/role", "createdDateTime"][:n])), 400, "more than {} keys",
          "up to {} keys"),
    # httpd's own, which takes one byte more than its directives say
    Limit("LimitRequestLine", 8191, request_line, 414),
    Limit("LimitRequestFields", 100, headers),
    Limit("LimitRequestFieldSize", 32769, header),
]


# httpx cannot take an answer that comes before the body has ended.
@pytest.mark.parametrize("limit", [
    pytest.param(limit, id=limit.what, marks=[pytest.mark.http1] if limit.status == 413 else []) for limit in LIMITS])
def test_a_limit(user, no_database_error, limit):
    number = limit.limit if isinstance(limit.limit, int) else number_in_the_code(limit.limit)
    for n in (number - 1, number):
        answer = limit.ask(user, n)
        assert answer.status in (200, 201), (n, answer.content)
    rows = user.rows("etag")
    answer = limit.ask(user, number + 1)
    assert answer.status == limit.status, answer.content
    assert limit.says.format(number) in str(answer.error)
    if limit.ask.__name__ != "ask_for_a_change":
        assert user.rows("etag") == rows


# ---- limits of what is answered ----

def test_problems_that_are_listed(user):
    most = number_in_the_code("GP_DETAILS_MAX")
    for number in (most - 1, most, most + 1, 3000):
        answer = user.refused(400, data="{" + ",".join(f'"a{i}":1' for i in range(number)) + "}")
        assert answer.targets == [f"$.a{i}" for i in range(min(number, most))]
        more = "more problems, the first of them in details" if number > most else "more problems in details"
        assert f"({number - 1} {more}.)" in answer.error["message"]


@pytest.mark.parametrize("name, ask", [
    ("GP_NAME_MESSAGE_MAX", lambda user, name: user.get(f"{POSITIONS}?$select={name}").error["message"]),
    ("GP_NAME_TARGET_MAX", lambda user, name: user.refused(400, {name: 1}).targets[0])])
def test_names_that_are_shown(user, name, ask):
    """An answer repeats a name from the client whole only up to a length."""
    longest = number_in_the_code(name)
    for length in (longest - 1, longest, longest + 1):
        sent = "a" * length
        assert (sent in ask(user, sent)) == (length <= longest), length


@pytest.mark.parametrize("root, size, top, wanted", [
    ("/beta", "GP_PAGE_DEFAULT", None, None), ("/paged", 3, None, None), ("/beta", 5, 5, None), ("/beta", 5, None, 5),
    ("/paged", 3, 9, 4), ("/paged", 3, None, 4), ("/paged", 2, None, 2)])
def test_a_page(user, database, root, size, top, wanted):
    """A page holds as many positions as its size. One more begins the next page, unless $top is reached."""
    size = size if isinstance(size, int) else number_in_the_code(size)
    query = f"?$top={top}" if top else ""
    for number in (size - 1, size, size + 1):
        database.execute("DELETE FROM graphprofile.position WHERE owner_id = %s", (user.id,))
        fill(database, user.id, number)
        page = user.get(POSITIONS + query, root=root, headers={
            "Prefer": f"odata.maxpagesize={wanted}" if wanted else None}).json
        assert len(page["value"]) == min(number, size)
        assert ("@odata.nextLink" in page) == (number > size and top != size)


@pytest.mark.parametrize("option", ["$top", "$skip", "$orderby=id&$skiptoken"])
def test_numbers_beyond_any(user, option):
    """Larger numbers count as the largest."""
    made = user.create()["id"]
    for number in (2**31 - 2, 2**31 - 1, 2**31, 2**32, 2**63 - 1, 2**63, 2**64, 10**50):
        answer = user.get(f"{POSITIONS}?{option}={number}")
        assert answer.status == 200, answer.content
        assert [entity["id"] for entity in answer.json["value"]] == ([made] if option == "$top" else [])
        assert "@odata.nextLink" not in answer.json


@pytest.mark.parametrize("name, event, failure, ask, status", [
    ("GP_STATEMENT_ATTEMPTS", "INSERT", "RAISE EXCEPTION USING ERRCODE = '40001'", post(lambda n: "{}"), 201),
    ("GP_UPDATE_ATTEMPTS", "UPDATE", "RETURN NULL", patch(lambda n: '{"isCurrent":true}'), 200)])
def test_attempts(user, database, name, event, failure, ask, status):
    """The number of attempts of a write that loses against other writes."""
    most = number_in_the_code(name)
    for number in (most - 1, most, most + 1):  # the attempt that would succeed
        database.execute(f"""
            CREATE SEQUENCE harm; GRANT ALL ON harm TO graphprofile;
            CREATE FUNCTION harm() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('public.harm') < {number} THEN {failure}; END IF; RETURN NEW; END $$;
            CREATE TRIGGER harm BEFORE {event} ON graphprofile.position FOR EACH ROW
                WHEN (NEW.owner_id = '{user.id}') EXECUTE FUNCTION harm()""")
        try:
            answer = ask(user, number)
            database.execute("SELECT last_value FROM harm")
            assert database.fetchone() == (min(number, most),)
        finally:
            database.execute("DROP TRIGGER harm ON graphprofile.position; DROP FUNCTION harm; DROP SEQUENCE harm")
        assert answer.status == (status if number <= most else 503), answer.content


# ---- limits of the configuration ----

@pytest.mark.parametrize("directive, least, most", [
    ("GraphProfileMaxBody", 1, "GP_BODY_CEILING"), ("GraphProfilePageSize", 1, "GP_PAGE_CEILING"),
    ("GraphProfileMaxPositions", 0, "GP_POSITIONS_CEILING"),
    ("GraphProfileMaxDocument", "GP_DOCUMENT_FLOOR", "GP_DOCUMENT_CEILING")])
def test_a_directive(state, module, sanitizers, directive, least, most):
    least = least if isinstance(least, int) else number_in_the_code(least)
    most = number_in_the_code(most)
    for number in (least - 1, least, least + 1, most - 1, most, most + 1):
        result = check(state, module, sanitizers, f"{directive} {number}")
        assert (result.returncode == 0) == (least <= number <= most), result.stdout
        assert result.returncode == 0 or f"from {least} to {most}" in result.stdout
    assert f"{least} to {most}" in (ROOT / "docs" / "directives.md").read_text()


# ---- the documentation, and this file ----

def test_the_limits_are_documented():
    pages = " ".join(" ".join((ROOT / "docs" / f"{page}.md").read_text().split())
                     for page in ("directives", "query", "errors"))
    for limit in LIMITS:
        number = limit.limit if isinstance(limit.limit, int) else number_in_the_code(limit.limit)
        assert limit.documented.format(number) in pages, limit


def rows_of_limits() -> list:
    """docs/limits.md: (limit, value, beyond it, set by, name, test) of each row."""
    text = (ROOT / "docs" / "limits.md").read_text()
    return [re.split(r" *\| *", line.strip("| ")) for line in text.splitlines()
            if re.match(r"\| (?!limit \|)", line)]


def test_every_limit_of_the_code_is_documented_and_tested():
    """src/base/limits.h, docs/limits.md and the tests have the same limits."""
    header = (ROOT / "src" / "base" / "limits.h").read_text()
    names = re.findall(r"(?m)^#define (GP_\w+) ", header)
    assert len(names) == len(re.findall("#define", header)) - 1 > 20  # but for the guard
    rows = {row[4].strip("`"): row for row in rows_of_limits() if row[4]}
    assert set(rows) == set(names)
    tests = "".join(file.read_text() for file in (ROOT / "tests" / "http").glob("test_*.py"))
    for name, (_, value, _, set_by, _, test) in rows.items():
        assert value == str(number_in_the_code(name)), name
        assert f"\ndef {test.strip('`')}(" in tests, name
        assert name.startswith("GP_TIMEOUT") or "QUEUE_TIMEOUT" in name or f'"{name}"' in tests, name
        assert not name.endswith("_DEFAULT") or "GraphProfile" in set_by, name


def test_no_other_file_defines_a_limit():
    found = re.findall(r"(?m)^#define +(\w*(?:MAX|LIMIT|SHOWN|ATTEMPTS|DEFAULT|CEILING)|MAX_\w+) +[(\d]", SOURCES)
    header = (ROOT / "src" / "base" / "limits.h").read_text()
    assert found and not [name for name in found if f"#define {name} " not in header]
