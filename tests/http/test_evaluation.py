# SPDX-License-Identifier: Apache-2.0
"""$filter and $orderby over many positions and large ones, their limits, and their coverage of OData 4.01."""

import json
import os
import random
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from lib.client import POSITIONS
from lib.odata import Author, passes, render
from lib.outage import ONE_CHILD, Victim, wait_until_served
from lib.processes import children
from lib.server import ROOT, Server
from lib.sources import number_in_the_code
from test_filter import ids, url
from test_query import KEYS, ORDERED, fill, ids_of, in_order, walk, write_keys

FIRST, CHUNK = number_in_the_code("GP_QUERY_FIRST_MAX"), number_in_the_code("GP_QUERY_CHUNK_MAX")
PAGE_BYTES = number_in_the_code("GP_PAGE_BYTES_MAX")
COUNT = "@odata.count"


@pytest.fixture(scope="module")
def alone(state, module, sanitizers, sanitizer_reports):
    """A server with one child, so that its processor time is that of the requests. Its tests bound that time, which a
    busy machine does not change, and with sanitizers nothing: so the deadline is far away."""
    with Server(state / "alone", module, sanitizers, ONE_CHILD + "GraphProfileTimeout 60s\n", "debug") as server:
        wait_until_served(Victim(server))
        server.log.mark()
        yield server


def multiply(database, user, number):
    """Copies an existing position under new ids until the user has a number of them."""
    database.execute(
        "INSERT INTO graphprofile.position"
        " SELECT owner_id, new.id, etag, audiences, created, modified, modified_by,"
        "  replace(document, p.id::text, new.id::text)"
        " FROM (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS many"
        "  FROM graphprofile.position WHERE owner_id = %s) AS p,"
        " LATERAL (SELECT n, (lpad(to_hex(n), 12, '0') || '70008000000000000000')::uuid AS id"
        "  FROM generate_series(1, %s - p.many) AS n WHERE n %% p.many = place) AS new",
        (user.id, number))


def listed(user) -> list:
    return [entity for page in walk(user, POSITIONS) for entity in page["value"]]


# ---- many positions ----

@pytest.mark.parametrize("number", [FIRST - 1, FIRST, FIRST + 1, FIRST + CHUNK, FIRST + CHUNK + 1, 1000])
def test_a_search_goes_over_all_chunks(user, database, number):
    """A list, its order and its count cover all positions, whatever chunk each is in."""
    dice = random.Random(number)
    fill(user, database, dice, 40, **ORDERED)
    multiply(database, user, number)
    entities = listed(user)
    assert len(entities) == number
    author = Author(dice, entities)
    for _ in range(10):
        node = author.filter()
        selected = [entity for entity in entities if passes(node, entity)]
        text = render(node, dice)
        if len(text) > 1000:
            continue
        keys = [(*dice.choice(KEYS), dice.random() < 0.5) for _ in range(dice.randint(1, 2))]
        offset = dice.choice([0, 0, 3, 150])
        in_creation = walk(user, url(filter=text, select="id", count="true", skip=offset))
        assert ids_of(in_creation) == [entity["id"] for entity in selected][offset:], text
        assert in_creation[0][COUNT] == len(selected)
        assert user.get(url(POSITIONS + "/$count", filter=text)).content == str(len(selected)).encode()
        ordered = walk(user, url(filter=text, orderby=write_keys(dice, keys), select="id", count="true",
                                 skip=offset, top=230))
        assert ids_of(ordered) == [entity["id"] for entity in in_order(selected, keys)][offset:][:230], text
        assert ordered[0][COUNT] == len(selected)


def test_a_search_over_large_positions(user, other, database):
    """A chunk ends at its limit of bytes, and so does a page. Another owner has positions with the same ids."""
    texts = [f"{number:03}" + "x" * 60000 for number in range(30)]
    made = {text: user.create({"detail": {"summary": text, "layer": int(text[:3])}})["id"] for text in texts}
    database.execute("INSERT INTO graphprofile.position SELECT %s, id, etag, audiences, created, modified, modified_by, document"
                     " FROM graphprofile.position WHERE owner_id = %s", (other.id, user.id))
    for options, expected in (({"filter": "startswith(detail/summary,'0')"}, texts),
                              ({"filter": "detail/layer mod 7 eq 3", "count": "true"}, texts[3::7]),
                              ({"orderby": "detail/layer desc"}, texts[::-1]),
                              ({"orderby": "detail/layer mod 2,detail/summary desc", "skip": 2},
                               (texts[::-1][1::2] + texts[::-1][::2])[2:])):
        pages = walk(user, url(**options))
        assert ids_of(pages) == [made[text] for text in expected], options
        assert len(pages) >= len(expected) * 60000 / PAGE_BYTES
        assert "count" not in options or pages[0][COUNT] == len(expected)


def test_positions_deleted_while_they_are_sorted(user, database):
    """The page contains the positions that still exist; the walk continues after it."""
    fill(user, database, random.Random(1), 20)
    multiply(database, user, 400)
    first = user.get(url(orderby="id", top=150)).json
    for entity in first["value"][:20]:
        assert user.delete(entity["id"]).status == 204
    rest = walk(user, first["@odata.nextLink"][len(user.server.url + "/beta"):])
    assert len(ids_of(rest)) == 50


# ---- the limits of the cost ----

def cpu_seconds(server) -> float:
    """The processor time of the only child."""
    [child] = children(server)
    fields = Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def repeated(text, number, glue=" or "):
    return glue.join([text] * number)


NAMES = [first + second for first in "abcdefghij" for second in "abcdefghij"]
# Characters of two bytes, of which none is beside another, so that each is looked at.
CLASS = "".join(map(chr, range(0x100, 0x7fe, 2)))[:780]


def lists_in_lists(levels):
    """Each level compares the list before it four times."""
    text = "[1]"
    for _ in range(levels):
        text = f"[{text} in ([],[],[],[])]"
    return f"{text} in ([])"


WORST = {
    "conditions of conditions": "categories/any(a:categories/any(b:categories/any(c:c eq 'x')))",
    "counts of counts": "categories/$count($filter=$it/categories/$count($filter=$it/categories/$count("
                        "$filter=$this eq 'x') gt 0) gt 0) gt 0",
    "long conditions on items": "categories/any(c:" + repeated("c eq 'x'", 90) + ")",
    "searches": repeated("contains(detail/summary,'" + "a" * 20 + "b')", 60),
    "a search for a long text": "contains(detail/summary,concat(substring(detail/summary,0,30000),'b'))",
    "searches in conditions": "categories/any(c:contains($it/detail/summary,concat('b',c)))",
    "texts that are built": repeated("length(concat(detail/summary,detail/summary)) eq 1", 30),
    "letters": repeated("toupper(detail/summary) eq tolower(detail/summary)", 40),
    "an exponential pattern": "matchesPattern(detail/summary,'(a+)+$')",
    "a quadratic pattern": "matchesPattern(detail/summary,'a*[^z]*b')",
    "a pattern with alternatives": "matchesPattern(detail/summary,'(a|aa)+$')",
    "patterns of items": "categories/any(c:matchesPattern($it/detail/summary,concat(c,'.*.*b')))",
    "large patterns of items": "categories/any(c:matchesPattern('x',concat(c,'((a{1,99}){1,99}){1,3}')))",
    "alternatives of a group": f"matchesPattern(detail/summary,'(?:a{'|b' * 1500})*+(y|z)')",
    "copies of a group": "matchesPattern(detail/summary,'^(?:a??){0,2300}?(y|z)')",
    "large patterns": repeated("matchesPattern('x','((((a{1,40}){1,40}){1,30}))')", 20),
    "numbers": repeated("cast(cast(1.1 mul 2.2,Edm.String),Edm.Decimal) divby 3 gt 5", 25),
    "subsets": "hassubset(categories,categories)",
    "parts of collections": "contains(concat(categories,['x']),concat(categories,['y']))",
    "collections of items": "categories/any(c:hassubset($it/categories,[c]) and length(concat($it/categories,[c])) eq 1)",
    "many names": "createdBy/user/list/any(c:" + " or ".join(f"c/{name} eq 1" for name in NAMES[:70]) + ")",
    "paths of short items": "categories/any(c:" + " or ".join(f"createdBy/user/{name} eq c" for name in NAMES[:55]) + ")",
    "a large class": f"matchesPattern(detail/role,'[{CLASS}]*(y|z)')",
    "properties of letters": "matchesPattern(detail/role,'\\p{Lu}*\\p{Ll}*z')",
    "lists in lists": lists_in_lists(16),
    "lists": "categories/any(c:c in ('" + repeated("x", 120, "','") + "'))",
}


def test_the_worst_requests_are_documented():
    table = (ROOT / "docs/performance.md").read_text().split("## The most expensive queries")[1].split("\n## ")[0]
    assert {name for name in WORST if f"\n| {name} | " in table} == set(WORST)


@pytest.fixture(scope="module")
def laden(alone):
    """A user with positions as expensive as the limits allow."""
    user = Victim(alone)
    user.create({"detail": {"summary": "a" * 64000 + "!"}})
    user.create({"categories": [str(number) for number in range(8000)]})
    user.create({"detail": {"role": "\u0434" * 10000}})
    user.create({"createdBy": {"user": {"list": [dict.fromkeys((f"z{number}" for number in range(100)), 0)] * 60}}})
    user.create({"detail": {"summary": "a" * 30000 + "!"}, "categories": [str(number) for number in range(3000)]})
    with closing(alone.connect()) as connection:
        multiply(connection.cursor(), user, 300)
    return user


@pytest.mark.measures_time
@pytest.mark.parametrize("text", WORST.values(), ids=WORST)
@pytest.mark.parametrize("option", ["?$filter={}", "?$orderby={}"])
def test_the_worst_requests_end_soon(alone, laden, sanitizers, text, option, request):
    alone.log.mark()
    before, started = cpu_seconds(alone), time.monotonic()
    answer = laden.get(POSITIONS + option.format(quote(text)))
    used, took = cpu_seconds(alone) - before, time.monotonic() - started
    print(f"{request.node.name}: {answer.status}, {1000 * used:.0f} ms of CPU, {1000 * took:.0f} ms")
    assert answer.status in (200, 400), answer.content
    assert answer.status == 200 or answer.error["code"] == "QueryTooComplex", answer.content
    assert sanitizers or used < 1.05
    alone.log.check()


@pytest.mark.measures_time
def test_a_search_ends_at_its_deadline(state, module, sanitizers):
    """At any point: between two positions, within one, and within a pattern."""
    with Server(state / "deadline", module, sanitizers, ONE_CHILD + "GraphProfileTimeout 10ms\n") as server:
        user = Victim(server)
        with closing(server.connect()) as connection:
            connection.cursor().execute(
                "INSERT INTO graphprofile.position SELECT %s, (lpad(to_hex(n), 12, '0') || '70008000000000000000')::uuid,"
                " 'e', 0, now(), now(), 'x', %s FROM generate_series(1, 1000) AS n",
                (user.id, json.dumps({"categories": [str(n) for n in range(300)],
                                      "detail": {"summary": "a" * 200 + "!"}}, separators=(",", ":"))))
        for text in ("categories/all(c:categories/any(d:d eq c))", "matchesPattern(detail/summary,'(a|aa)+$')"):
            for path in (f"?$filter={quote(text)}", f"?$orderby={quote(text)}", f"/$count?$filter={quote(text)}",
                         f"?$count=true&$filter={quote(text)}"):
                before = cpu_seconds(server)
                answer = user.get(POSITIONS + path)
                assert answer.status == 504, (path, answer.content)
                assert sanitizers or cpu_seconds(server) - before <= 0.01 + 0.05
                assert "query" in answer.error["message"] or "may have been" in answer.error["message"]
        server.log.allow("504")


def test_how_many_bytes_a_search_looks_at(alone):
    """64 MiB: about 260 positions of the largest size."""
    user = Victim(alone)
    size = 260_000
    most = number_in_the_code("GP_QUERY_BYTES_MAX")
    document = '{"detail":{"summary":"%s"}}' % ("x" * size)
    number = most // len(document)
    with closing(alone.connect()) as connection:
        connection.cursor().execute(
            "INSERT INTO graphprofile.position SELECT %s, (lpad(to_hex(n), 12, '0') || '70008000000000000000')::uuid,"
            " 'e', 0, now(), now(), 'x', %s FROM generate_series(1, %s) AS n", (user.id, document, number))
        assert user.get(f"{POSITIONS}/$count?$filter=id eq null".replace(" ", "%20")).content == str(number).encode()
        connection.cursor().execute(
            "INSERT INTO graphprofile.position SELECT owner_id, 'ffffffff-0000-7000-8000-000000000000', etag, audiences,"
            " created, modified, modified_by, document FROM graphprofile.position WHERE owner_id = %s LIMIT 1",
            (user.id,))
    answer = user.get(f"{POSITIONS}/$count?$filter=id%20eq%20null")
    assert answer.status == 400 and answer.error["code"] == "QueryTooComplex"


@pytest.mark.parametrize("part, status", [(0.5, 200), (2, 400)])
def test_how_many_steps_a_search_takes(alone, part, status):
    """The limit covers all positions together: each condition on each item takes about three steps."""
    user = Victim(alone)
    user.create({"categories": ["x"] * 500})
    text = "categories/all(c:" + repeated("c ne 'a'", 50, " and ") + ")"
    with closing(alone.connect()) as connection:
        multiply(connection.cursor(), user,
                 int(part * number_in_the_code("GP_QUERY_STEPS_MAX") / (500 * 50 * 3)))
    answer = user.get(url(filter=text, top=1, count="true"))
    assert answer.status == status and (status == 200 or answer.error["code"] == "QueryTooComplex")


def test_a_filter_and_an_order_share_their_steps(alone):
    """Each takes some 60 % of the steps of a request."""
    user = Victim(alone)
    user.create({"categories": ["x"] * 500})
    text = "categories/all(c:" + repeated("c ne 'a'", 50, " and ") + ")"
    with closing(alone.connect()) as connection:
        multiply(connection.cursor(), user, int(0.6 * number_in_the_code("GP_QUERY_STEPS_MAX") / (500 * 50 * 3)))
    for options in ({"filter": text}, {"orderby": text}):
        assert user.get(url(count="true", **options)).status == 200
    answer = user.get(url(filter=text, orderby=text))
    assert answer.status == 400 and answer.error["code"] == "QueryTooComplex"


def test_how_many_bytes_an_order_keeps(alone):
    """Keys of 4 x 256 characters, for all positions before the page."""
    most = number_in_the_code("GP_ORDER_BYTES_MAX")
    user = Victim(alone)
    user.create({"detail": {"summary": "\u20ac" * 256}})
    number = most // (4 * 768)
    with closing(alone.connect()) as connection:
        multiply(connection.cursor(), user, number)
    keys = ",".join(["detail/summary"] * 4)
    for skip, status in ((0, 200), (900, 200), (number, 400)):
        answer = user.get(url(orderby=keys, skip=skip, top=1))
        assert answer.status == status, answer.content


@pytest.mark.parametrize("more, status", [(-1, 200), (0, 200), (1, 400)])
def test_how_deep_a_pattern_is(alone, more, status):
    most = number_in_the_code("GP_PATTERN_NESTING_MAX") + more
    user = Victim(alone)
    user.create({})
    assert user.get(url(filter=f"matchesPattern('a','{'(' * most}a{')' * most}')")).status == status


@pytest.mark.measures_time
@pytest.mark.parametrize("more, status", [(0, 200), (1, 400)])
def test_how_large_a_class_is_matched(alone, sanitizers, more, status):
    """A deadline cannot interrupt one item of a pattern, which may scan a whole text."""
    user, text = Victim(alone), f"matchesPattern(detail/summary,'[{CLASS}]*z')"
    weight = 1 + (len(CLASS.encode()) + 4) // 64
    length = number_in_the_code("GP_PATTERN_CLASS_MAX") // weight // 2 + more
    with closing(alone.connect()) as connection:
        connection.cursor().execute(
            "INSERT INTO graphprofile.position VALUES (%s, '00000000-0000-7000-8000-000000000001', 'e', 0, now(), now(),"
            " 'x', %s)", (user.id, '{"detail":{"summary":"%s"}}' % ("\u0434" * length)))
    before = cpu_seconds(alone)
    answer = user.get(url(filter=text))
    assert answer.status == status and (status == 200 or answer.error["code"] == "QueryTooComplex")
    assert sanitizers or cpu_seconds(alone) - before < 0.2


@pytest.mark.parametrize("bytes_each, status", [(10000, 200), (18, 400)])
def test_how_much_memory_a_pattern_takes(alone, bytes_each, status):
    """A group that may backtrack to each repetition keeps all of them: more than 18 bytes for each."""
    length = number_in_the_code("GP_PATTERN_HEAP_MAX") // bytes_each
    user = Victim(alone)
    user.create({"detail": {"summary": "a" * length}})
    answer = user.get(url(filter="matchesPattern(detail/summary,'^(a|b)*$')"))
    assert answer.status == status and (status == 200 or answer.error["code"] == "QueryTooComplex")


# ---- hidden rows ----

def test_no_expression_is_evaluated_on_hidden_positions(user, new_user, log):
    """Otherwise errors and time would reveal them."""
    user.create({"allowedAudiences": "me", "detail": {"layer": 0}})
    viewer, path = new_user(scopes="User.Read.All"), f"/users/{user.id}/profile/positions"
    for query in ("?$filter=1 div detail/layer eq 1", "?$orderby=1 div detail/layer",
                  "?$filter=1 mod detail/layer eq 1&$count=true&$skip=1", "/$count?$filter=1 div detail/layer eq 1",
                  "?$filter=matchesPattern('a',concat('(',cast(detail/layer,Edm.String)))"):
        query = query.replace(" ", "%20")
        assert viewer.get(path + query).status == 200
        answer = user.get(path + query)
        assert answer.status == 400 and answer.error["target"] in ("$filter", "$orderby"), answer.content


# ---- dates and date-times ----

@pytest.mark.parametrize("text, expected", [
    ("detail/startMonthYear eq createdDateTime", ["midnight"]),
    ("createdDateTime eq detail/startMonthYear", ["midnight"]),
    ("detail/startMonthYear lt createdDateTime", ["noon"]),
    ("createdDateTime le detail/startMonthYear", ["midnight"]),
    ("detail/startMonthYear eq 2019-01-31T00:00:00Z", ["midnight", "noon"]),
    ("detail/startMonthYear lt 2019-01-31T00:00:00.1Z", ["midnight", "noon"]),
    ("detail/startMonthYear eq 2019-01-31T02:00:00+02:00", ["midnight", "noon"]),
    ("createdDateTime eq 2019-01-31", ["midnight"]),
    ("createdDateTime sub detail/startMonthYear gt duration'PT0S'", 400)])
def test_a_date_is_its_midnight_in_utc(user, database, text, expected):
    made = {}
    for name, stamp in (("midnight", "2019-01-31T00:00:00.0000000Z"), ("noon", "2019-01-31T12:00:00.0000000Z")):
        made[name] = user.create({"detail": {"startMonthYear": "2019-01-31"}})["id"]
        database.execute("UPDATE graphprofile.position SET document = regexp_replace(document,"
                         r" '(\"createdDateTime\":\")[^\"]*', '\1' || %s) WHERE owner_id = %s AND id = %s",
                         (stamp, user.id, made[name]))
    if expected == 400:
        assert user.get(url(filter=text)).status == 400
    else:
        assert ids(user, text) == [made[name] for name in expected]


# ---- OData 4.01 ----

PERSON = {"detail": {"jobTitle": "Milk", "role": "lead", "layer": 5, "startMonthYear": "2019-01-31",
                     "company": {"displayName": "Alfreds Futterkiste", "address": {"city": "Berlin", "type": "home"}}},
          "isCurrent": True, "categories": ["Fred", "George"], "inference": {"confidenceScore": 2.55},
          "allowedAudiences": "family", "manager": {"displayName": "Ann", "relationship": "manager"},
          "colleagues": [{"displayName": "Ann"}, {"displayName": "Bob"}]}
TITLE, SCORE, COMPANY = "detail/jobTitle", "inference/confidenceScore", "detail/company/displayName"

# The cases of expressions of the OASIS committee (odata-abnf-testcases, 5.1.1), applied to a position: each of
# these is true for this stored one.
TRUE = [
    "true eq true", "true ne false", f"{SCORE} eq 2.55", f"{TITLE} eq 'Milk'", f"{COMPANY} ne 'Milk'",
    f"{TITLE} gt 'Milj'", f"{TITLE} ge 'Milk'", f"{TITLE} lt 'Mill'", f"{TITLE} le 'Milk'", "true and true",
    "true or false", "not false", f"{TITLE} EQ 'Milk' AND {SCORE} LT 2.56", f"{TITLE} Eq 'Cheese' OR {SCORE} Lt 3.5",
    f"not endswith({TITLE},'ilx')", "allowedAudiences has microsoft.graph.allowedAudiences'family'",
    f"{TITLE} in ('Milk', 'Cheese')", f"{TITLE} in [\"Milk\", \"Cheese\"]", f"{SCORE} add 2.45 eq 5.00",
    f"({SCORE} add 2.45) mod 2 eq 1", f"2.55 sub 0.55 eq 2.00 and {SCORE} sub 0.55 gt 1.99", f"-{SCORE} lt 0", f"{SCORE} mul 2.0 eq 5.10",
    f"{SCORE} div 2.55 eq 1", "detail/layer div 2 eq 2", "detail/layer divby 2 eq 2.5", "detail/layer mod 5 eq 0",
    "(true)", "( true )", f"({TITLE} eq 'Milk')", "(4 add 5) mod (4 sub 1) eq 0",
    f"concat({TITLE}, detail/role) eq 'Milklead'", f"concat(concat({TITLE},'-'),detail/role) eq 'Milk-lead'",
    f"contains({COMPANY},'lfreds')", f"endswith({COMPANY},'Futterkiste')", f"indexof({COMPANY},'lfreds') eq 1",
    f"length({COMPANY}) eq 19", f"startswith({COMPANY},'Alfr')", f"substring({COMPANY},1) eq 'lfreds Futterkiste'",
    f"substring({COMPANY},1,2) eq 'lf'", f"matchesPattern({COMPANY},'^A.*e$')",
    f"matchesPattern({COMPANY},'%5EA.*e$') eq false", f"tolower({COMPANY}) eq 'alfreds futterkiste'",
    f"toupper({COMPANY}) eq 'ALFREDS FUTTERKISTE'", f"trim({COMPANY}) eq {COMPANY}", "date(createdDateTime) ge 2020-01-01",
    "day(detail/startMonthYear) eq 31", "fractionalseconds(createdDateTime) lt 1", "hour(createdDateTime) lt 24",
    "maxdatetime() gt createdDateTime", "maxdatetime( ) gt now()", "mindatetime() lt createdDateTime",
    "minute(createdDateTime) lt 60", "month(detail/startMonthYear) eq 1", "now() ge createdDateTime",
    "second(createdDateTime) lt 60", "time(createdDateTime) ge 00:00:00", "totaloffsetminutes(createdDateTime) eq 0",
    "totalseconds(now() sub createdDateTime) ge 0", "year(detail/startMonthYear) eq 2019", f"ceiling({SCORE}) eq 3",
    f"floor({SCORE}) eq 2", f"round({SCORE}) eq 3", "cast(microsoft.graph.workPosition) ne null",
    "cast(workPosition) ne null", "cast(detail,microsoft.graph.positionDetail) ne null",
    "cast(isCurrent,Edm.Boolean)", "isof(microsoft.graph.workPosition)", "isof(workPosition)",
    "isof(detail,microsoft.graph.positionDetail)", "isof(detail,positionDetail)",
    "isof(detail,Edm.GeographyPoint) eq false", "case(detail/layer gt 0:1,detail/layer lt 0:-1,true:0) eq 1",
    "colleagues/any()", "colleagues/any( )", "colleagues/any(lambda:true)", "colleagues/any( lambda : true )",
    "colleagues/any(lambda:lambda/displayName eq $it/manager/displayName)", "colleagues/any(lambda:$it/isCurrent)",
    "colleagues/all(lambda:true)", "categories/all(lambda:true)", "createdDateTime gt 2013-05-24",
    f"{TITLE} in [\"Milk\",'Smith']", "(detail/role in []) eq false", "endswith($it/id,'x') eq false",
    "endswith($this/id,'x') eq false", "categories/$count gt 0", "colleagues/$count gt 1",
    "colleagues/$count($filter=displayName eq 'Ann') eq 1",
    "colleagues/$filter(endswith(displayName,'nn'))/$count lt 10", "isCurrent", "detail/startMonthYear lt now()",
    "createdDateTime lt 12012-12-03T07:16:23Z", "detail/startMonthYear gt -0001-12-03", "0000-01-01 lt 0001-01-01",
    "duration'P12DT23H59M59.999999999999S' gt 'P12D'", "time(createdDateTime) lt 23:59:59.9999999 or true",
    "detail/layer lt 9223372036854775807", "-128 lt detail/layer", f"{SCORE} ge 0.31415926535897931e1 eq false",
    f"{SCORE} lt INF", "manager/relationship eq 'manager'", "id ne 01234567-89ab-cdef-0123-456789abcdef",
    "createdDateTime add duration'P1D' gt createdDateTime", "detail/startMonthYear add duration'P1D' eq 2019-02-01",
    "detail/startMonthYear sub 2019-01-01 eq duration'P30D'", "detail eq detail", "categories eq categories",
    "contains(categories,[\"Fred\",\"George\"])", "endswith([\"Fred\",\"George\",\"Ron\"],[\"George\",\"Ron\"])",
    "indexof([\"Fred\",\"George\",\"Ron\"],[\"George\",\"Ron\"]) eq 1", "length([\"Fred\",\"George\",\"Ron\"]) eq 3",
    "startswith([\"Fred\",\"George\",\"Ron\"],[\"Fred\",\"George\"])", "hassubset(categories,[\"George\"])",
    "hassubset([\"Milk\",\"Cheese\"],categories) eq false", "hassubsequence([4,1,3],[4,3])",
    "([id,id] in [[\"a\",\"b\"]]) eq false", "categories in [[\"Fred\",\"George\"]]",
    "concat(categories,['Ron']) eq [\"Fred\",\"George\",\"Ron\"]", "substring(categories,1) eq ['George']",
    "cast(categories,Collection(Edm.String)) eq categories", "cast(categories,Edm.String) eq null",
    "case( detail/layer gt 0 : 1 , detail/layer lt 0 : -1 , true : 0 ) eq 1", "mindatetime( ) lt now( )",
    "detail/microsoft.graph.positionDetail/role eq 'lead'", "colleagues/microsoft.graph.relatedPerson/any()",
    "colleagues/microsoft.graph.relatedPerson/$count eq 2", "-duration'P1D' lt duration'PT0S'", "2 mul duration'PT1H' eq duration'PT2H'",
]
# Legal cases that the service refuses, and the reason that it gives.
LEGAL = {
    "geo.distance(id,id) lt 1": "the function geo.distance", "geo.intersects(id,id)": "the function geo.intersects",
    "geo.length(id) lt 1": "the function geo.length",
    "geo.length(geography'SRID=0;LineString(142.1 64.1,3.14 2.78)') lt 1": "a literal of Edm.Geography",
    "detail eq {\"role\":\"lead\"}": "a JSON object", "$it eq {\"@odata.id\":\"x\"}": "a JSON object",
    "$root/me/displayName eq 'x'": "$root", "detail/role/@Core.Description eq 'x'": "the annotation @Core.Description",
    "id eq binary'T0RhdGE'": "a literal of Edm.Binary", "cast(id,Edm.Stream) eq null": "the function cast to this type",
    "colleagues/$count($search=red) gt 0": "$count with $search",
}
BINDING = ["$filter =true", "$filter=any()", "$filter=all(lambda:true)", "$filter=categories/all()", "$filter=-",
           "$filter=0", "$filter=detail/layer div", "$filter='P1D' add 'x' eq null", "$filter=duration'P1Y' eq null",
           "$filter=matchesPattern(id,'(') eq true", "$filter=1 add true eq 2", "$filter=now() add now() eq null",
           "$filter=case(1:2) eq 2", "$filter=cast(id,Edm.Nothing) eq null", "$filter=2019-02-29 eq null"]


def test_all_cases_are_there():
    """Expressions of the committee's cases: true of the position above, legal and missing here, and illegal."""
    assert (len(set(TRUE)), len(LEGAL), len(BINDING)) == (129, 11, 15)


def test_the_expressions_of_odata(user):
    id_ = user.create(PERSON)["id"]
    wrong = {}
    for text in TRUE:
        answer = user.get(url(filter=text))
        if answer.status != 200 or [entity["id"] for entity in answer.json["value"]] != [id_]:
            wrong[text] = answer.status, answer.error["message"] if answer.status != 200 else "is not true"
        answer = user.get(url(orderby=text))
        if answer.status != 200:
            wrong["$orderby " + text] = answer.error["message"]
    assert not wrong
    for text, reason in LEGAL.items():
        answer = user.get(url(filter=text))
        assert answer.status == 501 and reason in answer.error["message"], (text, answer.content)
    refused = {text: user.get(f"{POSITIONS}?" + quote(text, safe="$=")).status for text in BINDING}
    assert refused == dict.fromkeys(BINDING, 400)


@pytest.mark.parametrize("text, message", [
    ("1 div detail/layer eq 1", "divides by zero"), ("1 mod detail/layer eq 1", "divides by zero"),
    ("detail/layer add 9223372036854775807 add 1 gt 0", "out of range"),
    ("9999-12-31 add duration'P5000000D' gt 2019-01-01", "out of range"),
    ("matchesPattern(id,concat('(',id))", "regular expression")])
def test_an_option_without_a_value_is_refused(user, text, message):
    user.create({"detail": {"layer": 0}})
    for path, option in (("", "filter"), ("/$count", "filter"), ("", "orderby")):
        answer = user.get(url(POSITIONS + path, **{option: text}))
        assert answer.status == 400 and message in answer.error["message"], answer.content
        assert answer.error["target"] == "$" + option
    assert user.get(url(filter=f"detail/layer ne 0 and {text}")).json["value"] == []


@pytest.mark.parametrize("text, selects", [
    ("1.0 div detail/layer eq INF", False), ("inference/confidenceScore div 0 eq INF", True),
    ("1 divby detail/layer eq INF", True), ("-1 divby detail/layer eq -INF", True),
    ("0 divby detail/layer eq null", False), ("0 divby detail/layer ne NaN", True)])
def test_division_of_doubles_by_zero(user, text, selects):
    user.create({"detail": {"layer": 0}, "inference": {"confidenceScore": 0.5}})
    answer = user.get(url(filter=text))
    assert answer.status == 200 and bool(answer.json["value"]) == selects or text.startswith("1.0"), answer.content


def test_names_that_look_alike(user):
    """Each variable refers to its own items, whatever the names of the others."""
    user.create({"categories": ["a"], "colleagues": [{"displayName": "a"}, {"displayName": "b"}],
                 "sources": [{"sourceId": "a", "properties": ["b"]}]})
    for text, selected in (
            ("categories/any(x:colleagues/any(y:y/displayName eq x))", 1),
            ("colleagues/any(x:categories/any(x:x eq 'b'))", 0),
            ("sources/any(s:s/properties/any(p:colleagues/any(c:c/displayName eq p and s/sourceId eq 'a')))", 1),
            ("categories/any(x:x eq 'a') and sources/any(x:x/sourceId eq 'a')", 1),
            ("colleagues/all(c:c/displayName in categories or sources/any(s:c/displayName in s/properties))", 1),
            ("colleagues/$count($filter=displayName in $it/categories) eq 1", 1)):
        assert len(ids(user, text)) == selected, text


@pytest.mark.measures_time
def test_evaluation_takes_no_connection(state, module, sanitizers):
    """While one request evaluates expressions, others can use the only connection."""
    from concurrent.futures import ThreadPoolExecutor
    with Server(state / "one", module, sanitizers, ONE_CHILD + "DBDMax 1\nDBDKeep 1\nGraphProfileTimeout 60\n") as server:
        users = [Victim(server) for _ in range(4)]
        wait_until_served(users[0])
        for user in users:
            user.create({"categories": [str(number) for number in range(4000)]})
        text = quote("categories/any(a:categories/any(b:b eq 'x' and a eq 'y'))")
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(user.get, f"{POSITIONS}?$filter={text}") for user in users]
            started = time.monotonic()
            other = Victim(server)
            assert other.post({}).status == 201
            took = time.monotonic() - started
            assert {one.result().status for one in asked} == {400}
        assert sanitizers or took < 2
        server.log.check()
