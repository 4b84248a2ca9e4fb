# SPDX-License-Identifier: Apache-2.0
"""$orderby, $top, $skip, $count, $select, and pages of them; and invalid query options."""

import itertools
import random
import re
import string
from urllib.parse import quote

import pytest
from lib.client import POSITIONS, User
from lib.odata import ENTITY, ENUMS, IT, PATHS, VALUES, Author, Node, evaluate, render
from lib.server import Server
from test_filter import fill, ids, url

NEXT = "@odata.nextLink"
COUNT = "@odata.count"
URL = re.compile(r"http://[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")


def names(user, **options) -> list:
    """The job titles of a page."""
    answer = user.get(url(**options))
    assert answer.status == 200, answer.content
    return [(entity["detail"] or {}).get("jobTitle") for entity in answer.json["value"]]


def walk(user, path, root="/beta", between=None, **options):
    """The pages from the first, by nextLink."""
    pages = []
    while path is not None:
        answer = user.get(path, root=root, **({} if pages else options))
        assert answer.status == 200, (path, answer.content)
        pages.append(answer.json)
        assert len(pages) < 200
        link = answer.json.get(NEXT)
        assert link is None or URL.fullmatch(link)
        path = None if link is None else link[len(user.server.url + root):]
        if between and path:
            between()
    return pages


def ids_of(pages) -> list:
    return [entity["id"] for page in pages for entity in page["value"]]


# ---- $orderby ----

KEYS = [(steps, type_) for steps, type_ in PATHS["workPosition"] if type_ in VALUES or type_ in ENUMS]
ORDERED = {"Double": [value for value in VALUES["Double"] if value != "NaN"]}


def value_of(entity, steps, type_):
    return evaluate(Node("path", type_, (ENTITY, *steps)), {ENTITY: entity, IT: entity})


def in_order(entities, keys):
    """Sort by keys of (steps, type, is descending), and by id if they are equal."""
    entities = sorted(entities, key=lambda entity: entity["id"])
    for steps, type_, is_descending in reversed(keys):
        values = {entity["id"]: value_of(entity, steps, type_) for entity in entities}
        present = [entity for entity in entities if values[entity["id"]] is not None]
        absent = [entity for entity in entities if values[entity["id"]] is None]
        present.sort(key=lambda entity: values[entity["id"]], reverse=is_descending)
        entities = present + absent if is_descending else absent + present
    return entities


def write_keys(dice, keys) -> str:
    return dice.choice([",", ", ", " , "]).join(
        "/".join(steps) + (dice.choice([" desc", "  DESC"]) if is_descending
                           else dice.choice(["", " asc", " Asc"]))
        for steps, _, is_descending in keys)


@pytest.mark.parametrize("seed", range(4))
def test_any_keys_sort_as_python_does(user, database, seed):
    dice = random.Random(seed)
    entities = fill(user, database, dice, 40, **ORDERED)
    some = [[(*key, is_descending)] for key in KEYS[seed::4] for is_descending in (False, True)]
    some += [[(*dice.choice(KEYS), dice.random() < 0.5) for _ in range(dice.randint(2, 4))]
             for _ in range(60)]
    for keys in some:
        text = write_keys(dice, keys)
        answer = user.get(url(orderby=text, select="id"))
        assert answer.status == 200, (text, answer.content)
        assert ids_of([answer.json]) == [entity["id"] for entity in in_order(entities, keys)], text


def test_order_by_hand(user):
    for title, layer, score, relation in (
            ("a", 10, "INF", "friend"), ("B", 9, 0.5, "manager"), ("😀", -1, "-INF", None),
            (None, None, None, None), ("～", 9, 1e-05, "colleague"), ("", 2, -3, "manager")):
        user.create({"detail": {"jobTitle": title, "layer": layer},
                     "inference": {"confidenceScore": score}, "manager": {"relationship": relation}})
    for text, order in (
            ("detail/jobTitle", [None, "", "B", "a", "～", "😀"]),
            ("detail/jobTitle desc", ["😀", "～", "a", "B", "", None]),
            ("detail/layer", [None, "😀", "", "B", "～", "a"]),
            ("detail/layer desc,detail/jobTitle desc", ["a", "～", "B", "", "😀", None]),
            ("inference/confidenceScore", [None, "😀", "", "～", "B", "a"]),
            ("manager/relationship,id desc", [None, "😀", "", "B", "～", "a"])):
        assert names(user, orderby=text) == order, text


# ---- $top, $skip, $count and pages of all that ----

@pytest.fixture
def author(user, database):
    dice = random.Random(user.id)
    return Author(dice, fill(user, database, dice, 23, **ORDERED))


CHOICES = {
    "filter": [None, None, "true", "false", "detail/layer ge 1", "isCurrent or detail/layer gt 0"],
    "orderby": [None, None, "detail/layer desc", "isCurrent,detail/startMonthYear desc"],
    "top": [None, None, 0, 1, 3, 4, 7, 50], "skip": [None, None, 0, 1, 3, 5, 50],
    "count": [None, "true", "false"], "size": [None, None, 1, 2, 3],
}


@pytest.mark.parametrize("seed", range(3))
def test_pages_are_slices_of_what_is_filtered_and_sorted(user, author, sanitizers, seed):
    dice = random.Random(seed)
    for _ in range(30 if sanitizers else 90):
        chosen = {name: dice.choice(values) for name, values in CHOICES.items()}
        options = {name: value for name, value in chosen.items() if value is not None and name != "size"}
        whole = ids(user, chosen["filter"] or "true",
                    **{name: options[name] for name in ("orderby",) if name in options})
        start, top = chosen["skip"] or 0, chosen["top"]
        expected = whole[start:] if top is None else whole[start:start + top]
        headers = {"Prefer": f"odata.maxpagesize={chosen['size']}"} if chosen["size"] else {}
        pages = walk(user, url(**options), root="/paged", headers=headers)

        assert ids_of(pages) == expected, chosen
        assert len(pages[0]["value"]) == min(chosen["size"] or 3, len(expected)), chosen
        assert all(page["value"] for page in pages[1:]) and all(len(page["value"]) <= 3 for page in pages)
        for page in pages[:1] if chosen["count"] == "true" else pages:
            assert page.get(COUNT) == (len(whole) if chosen["count"] == "true" else None), chosen
        if COUNT in pages[0]:
            assert list(pages[0]).index(COUNT) < list(pages[0]).index("value")


def test_random_filters_in_random_order_by_pages(user, author):
    dice = author.dice
    for _ in range(25):
        text = render(author.filter(), dice)
        keys = [(*dice.choice(KEYS), dice.random() < 0.5) for _ in range(dice.randint(1, 3))]
        options = {"filter": text, "orderby": write_keys(dice, keys), "select": "id", "count": "true",
                   "top": dice.randint(1, 30), "skip": dice.randint(0, 5)}
        selected = set(ids(user, text))
        whole = [entity["id"] for entity in in_order(author.documents, keys) if entity["id"] in selected]
        pages = walk(user, url(**options), root="/paged")
        assert ids_of(pages) == whole[options["skip"]:][:options["top"]], options
        assert pages[0][COUNT] == len(whole)
        assert all(set(entity) - {"@odata.etag"} == {"id"} for page in pages for entity in page["value"])


def test_the_next_link_carries_the_options_on(user):
    for n in range(8):
        user.create({"detail": {"layer": n, "jobTitle": "it's 50% + a&b #1 😀"}})
    path = url(filter="contains(detail/jobTitle,@t) and detail/layer gt 0", orderby="detail/layer desc",
               select="detail/layer", count="true", top=6, **{"@t": "'it''s 50% + a&b #1 😀'"}, custom="x y")
    pages = walk(user, path.replace("$custom", "custom"), root="/paged")
    assert [entity["detail"]["layer"] for page in pages for entity in page["value"]] == [7, 6, 5, 4, 3, 2]
    assert len(pages) == 2 and pages[0][COUNT] == 7
    assert pages[1]["@odata.context"] == pages[0]["@odata.context"]


@pytest.mark.parametrize("prefix", ["odata.maxpagesize", "maxpagesize", "Odata.MaxPageSize"])
def test_a_client_may_want_smaller_pages(user, prefix):
    for _ in range(5):
        user.create()
    answer = user.get(headers={"Prefer": f"{prefix}=2"})
    assert len(answer.json["value"]) == 2 and NEXT in answer.json
    assert answer.headers["Preference-Applied"].endswith("maxpagesize=2")
    for size in ("0", "-1", "x", "", "1.5"):
        answer = user.get(headers={"Prefer": f"{prefix}={size}"})
        assert answer.status == 200 and len(answer.json["value"]) == 5, size
        assert "Preference-Applied" not in answer.headers


@pytest.mark.parametrize("options", [
    {}, {"filter": "isCurrent"}, {"filter": "isCurrent", "skip": 2, "select": "id", "count": "true"}])
def test_writes_between_pages_neither_repeat_nor_skip(user, options):
    made = [user.create({"isCurrent": True})["id"] for _ in range(14)]
    seen_and_gone, ahead_and_gone = made[:6], made[-4:]
    start = options.get("skip", 0)
    stay = [id_ for id_ in made[start:] if id_ not in seen_and_gone + ahead_and_gone]

    def disturb():
        for doomed in (seen_and_gone, ahead_and_gone):
            if doomed:
                assert user.delete(doomed.pop(0 if doomed is seen_and_gone else -1)).status == 204
        user.create({"isCurrent": False})

    found = ids_of(walk(user, url(**options) if options else POSITIONS, root="/paged", between=disturb))
    assert len(found) == len(set(found)) and found == sorted(found)
    assert set(stay) <= set(found)


def test_a_position_that_comes_later_is_met_at_the_end(user):
    made = [user.create()["id"] for _ in range(4)]
    pages = walk(user, url(orderby="id"), root="/paged", between=lambda: made.append(user.create()["id"])
                 if len(made) < 6 else None)
    assert ids_of(pages) == made


# ---- $select ----

FULL = {"detail": {"jobTitle": "T", "layer": 1, "company": {"displayName": "C", "address": {"city": "X"}}},
        "colleagues": [{"displayName": "A"}, {"displayName": "B"}], "categories": ["c"], "isCurrent": True,
        "sources": [{"sourceId": "s", "properties": ["p"]}]}

# The selection: its form in the context URL, and the returned properties; None means all below.
SELECTIONS = {
    "id": ("id", {"id": None}),
    "id,detail/jobTitle": ("id,detail/jobTitle", {"id": None, "detail": {"jobTitle": None}}),
    "isCurrent,id": ("isCurrent,id", {"id": None, "isCurrent": None}),
    "detail": ("detail", {"detail": None}),
    "*": ("*", None),
    "detail/company/address/city": ("detail/company/address/city",
                                    {"detail": {"company": {"address": {"city": None}}}}),
    "detail/jobTitle,detail/company/displayName": (
        "detail/jobTitle,detail/company/displayName",
        {"detail": {"jobTitle": None, "company": {"displayName": None}}}),
    "detail($select=jobTitle,layer)": ("detail/jobTitle,detail/layer",
                                       {"detail": {"jobTitle": None, "layer": None}}),
    "id,detail($select=company($select=displayName))": (
        "id,detail/company/displayName", {"id": None, "detail": {"company": {"displayName": None}}}),
    "categories,colleagues/displayName": ("categories,colleagues/displayName",
                                          {"categories": None, "colleagues": {"displayName": None}}),
    "sources/properties,source": ("sources/properties,source",
                                  {"sources": {"properties": None}, "source": None}),
    "manager/displayName": ("manager/displayName", {"manager": {"displayName": None}}),
    "detail/company/*": ("detail/company/*", {"detail": {"company": None}}),
    "createdBy/user/id": ("createdBy/user/id", {"createdBy": {"user": {"id": None}}}),
}


def without_annotations(value):
    if isinstance(value, list):
        return [without_annotations(item) for item in value]
    if isinstance(value, dict):
        return {name: without_annotations(member) for name, member in value.items()
                if not name.startswith("@")}
    return value


def pick(value, wanted):
    if value is None or wanted is None:
        return value
    if isinstance(value, list):
        return [pick(item, wanted) for item in value]
    return {name: pick(member, wanted[name]) for name, member in value.items() if name in wanted}


@pytest.mark.parametrize("text, context, wanted", [(text, *row) for text, row in SELECTIONS.items()],
                         ids=SELECTIONS.keys())
def test_exactly_the_selected_properties_are_answered(user, text, context, wanted):
    base = f"{user.server.url}/beta/$metadata#users('{user.id}')/profile/positions({context})"
    for body in (FULL, {}):
        id_ = user.create(body)["id"]
        one = url(f"{POSITIONS}/{id_}", select=text)
        whole = without_annotations(user.read(id_))
        answer = user.get(one)
        assert answer.json["@odata.context"] == base + "/$entity"
        assert without_annotations(answer.json) == pick(whole, wanted)
        assert answer.headers["ETag"] == user.get(f"{POSITIONS}/{id_}").headers["ETag"]

        changed = user.request("PATCH", one, {"isCurrent": True})
        assert changed.status == 200 and changed.json["@odata.context"] == base + "/$entity"
        whole = without_annotations(user.read(id_))
        assert without_annotations(changed.json) == pick(whole, wanted)

        made = user.post(body, url(select=text))
        assert made.status == 201 and made.json["@odata.context"] == base + "/$entity"
        made_id = made.headers["Location"].split("'")[-2]
        assert without_annotations(made.json) == pick(without_annotations(user.read(made_id)), wanted)

    everything = [without_annotations(entity) for entity in user.get().json["value"]]
    listed = user.get(url(select=text)).json
    assert listed["@odata.context"] == base
    assert [without_annotations(entity) for entity in listed["value"]] == pick(everything, wanted)


def test_select_accepts_spaces_and_redundant_paths(user):
    user.create(FULL)
    entity = without_annotations(user.get(url(select=" id , detail/jobTitle , detail ")).json["value"][0])
    assert set(entity) == {"id", "detail"} and set(entity["detail"]) > {"jobTitle", "layer"}


# ---- names of options, and refused options ----

@pytest.mark.parametrize("query", ["$top=1&$skip=1", "top=1&skip=1", "$TOP=1&Skip=1", "%24top=1&$SKIP=1",
                                   "tOp=1&%73kip=1&@a=1&other=x", "$top=%31&$skip=1&"])
def test_option_names_as_clients_write_them(user, query):
    made = [user.create()["id"] for _ in range(3)]
    assert ids_of([user.get(f"{POSITIONS}?{query}").json]) == made[1:2]


def test_additions_of_other_graph_clients_are_accepted(user):
    user.create()
    answer = user.get(url(count="true", top=1), headers={"ConsistencyLevel": "eventual"})
    assert answer.json[COUNT] == 1


WRONG = {
    "$orderby": ["", "nonsense", "detail", "categories", "colleagues/displayName", "detail/layer up", "id,",
                 ",id", "id desc desc", "id asc,detail/nonsense", "detail/layer/x", "1 asc desc", "id;detail",
                 "id,isCurrent,detail/layer,detail/role,detail/jobTitle"],
    "$top": ["", "-1", "x", "1.5", "1,2", "1x", "0x1", "null", "'1'"],
    "$skip": ["", "-1", "x", "1.5", "1,2", "1x", "null"],
    "$count": ["", "yes", "1", "0", "'true'", "null"],
    "$select": ["", "nonsense", "ID", "detail/nonsense", "detail/jobTitle/x", "id,", ",id", "id,,detail",
                "detail/", "/id", "detail($select=nonsense)", "detail($select=jobTitle", "detail()", "detail)",
                "detail($top)", "id($select=x)", "detail/*/x", "id desc", "'id'"],
    "$skiptoken": ["", "x", "1", "17a809a9", "'", "-1"],
    "$nonsense": ["1"],
    "$expand": ["manager", "*/$ref", ""],
}
MISSING = {"$search": ["x", '"a b" AND c'], "$apply": ["aggregate($count as n)", "groupby((isCurrent))"],
           "$compute": ["detail/layer add 1 as n"]}


@pytest.mark.parametrize("status, name", [(400, name) for name in WRONG] + [(501, name) for name in MISSING])
def test_options_that_are_refused(user, status, name):
    user.create()
    wrong = {}
    for value in {**WRONG, **MISSING}[name]:
        answer = user.get(f"{POSITIONS}?{name}={quote(value)}")
        if answer.status != status or answer.error["target"] != name:
            wrong[value] = answer.status, answer.content
    assert not wrong


def test_a_reason_is_given_for_what_is_missing(user):
    for name, value in {"$expand": "manager", **{name: values[0] for name, values in MISSING.items()}}.items():
        message = user.get(f"{POSITIONS}?{name}={quote(value)}").error["message"]
        assert name in message or name[1:] in message.lower()


@pytest.mark.parametrize("name, value", [("filter", "isCurrent"), ("orderby", "id"), ("top", "1"),
                                         ("skip", "1"), ("count", "true"), ("select", "id")])
def test_an_option_occurs_once(user, name, value):
    for first, second in itertools.product((f"${name}", name, f"${name.upper()}"), repeat=2):
        answer = user.get(f"{POSITIONS}?{first}={value}&{second}={value}")
        assert answer.status == 400 and answer.error["target"].lower().lstrip("$") == name


LIST_ONLY = ["$filter=isCurrent", "$orderby=id", "$top=1", "$skip=1", "$count=true"]
MISPLACED = ([("GET", "/{id}", query) for query in [*LIST_ONLY, "filter=true", "$TOP=1"]]
             + [("GET", "/$count", query) for query in ("$orderby=id", "$select=id")]
             + [(method, "/{id}", query) for method in ("PATCH", "DELETE") for query in LIST_ONLY]
             + [("DELETE", "/{id}", "$select=id")] + [("POST", "", query) for query in LIST_ONLY])


@pytest.mark.parametrize("method, path, query", MISPLACED, ids=map(" ".join, MISPLACED))
def test_options_where_they_do_not_belong(user, method, path, query):
    id_ = user.create()["id"]
    before = user.rows("etag")
    body = {"isCurrent": True} if method in ("POST", "PATCH") else None
    answer = user.request(method, f"{POSITIONS}{path.format(id=id_)}?{query}", body)
    assert answer.status == 400
    assert answer.error["target"].lower().lstrip("$") == query.lower().lstrip("$").split("=")[0]
    assert user.rows("etag") == before


# ---- arbitrary input ----

SEEDS = ["$filter=detail/layer ge 1 and (contains(detail/jobTitle,'it''s') or not isCurrent)",
         "$filter=sources/any(s:s/properties/all(p:p ne null) and s/isDefaultSource eq @b)&@b=true",
         "$filter=allowedAudiences has microsoft.graph.allowedAudiences'family,contacts'&$count=true",
         "$filter=createdDateTime gt 2019-01-31T10:00:00.5+02:00 or detail/startMonthYear in (2019-01-31,null)",
         "$filter=substring(tolower(trim(detail/role)),1,2) eq 'x' and inference/confidenceScore lt -1.5e3",
         "$orderby=detail/layer desc,id asc&$top=3&$skip=1&$select=id,detail($select=company/address)",
         "$select=*,detail/jobTitle&$skiptoken=17a809a9-09a9-17a8-a909-a817a909a817&$count=true"]
TOKENS = ["(", ")", "'", "''", ",", "/", ":", "$", "@", "&", "=", " ", "null", "-", "1e999", "not ", " eq ", "any(",
          "/$count", "$it/", "\0", "%", "\\", "😀", "\ud800", "2019-13-45", "999999999999999999999", "INF", "NaN",
          "x" * 300, "(" * 60, "'" * 9, "true", ";", "+", "#", "\n", "\"", "{", "}", "[", "]", "\x7f"]


def mutated(dice, text: str) -> str:
    for _ in range(dice.randint(1, 4)):
        start = dice.randint(0, len(text))
        end = min(len(text), start + dice.choice([0, 0, 1, 1, 2, 8]))
        other = dice.choice(SEEDS)
        cut = dice.randint(0, len(other))
        new = dice.choice([dice.choice(TOKENS), "", text[start:end] * 2, dice.choice(string.printable),
                           other[cut:cut + 12]])
        text = text[:start] + new + text[end:]
    return text


@pytest.mark.usefixtures("no_database_error")
@pytest.mark.parametrize("seed", range(4))
def test_nothing_in_a_query_string_breaks_the_server(user, seed):
    dice = random.Random(seed)
    id_ = user.create(FULL)["id"]
    for _ in range(150):
        text = mutated(dice, dice.choice(SEEDS))
        query = quote(text.encode("utf-8", "surrogatepass"), safe=dice.choice(["$&=@", "$&=@%(),/:'*"]))
        path = dice.choice(["", "", "", "/$count", f"/{id_}"])
        answer = user.get(f"{POSITIONS}{path}?{query}")
        assert answer.status < 500 or answer.status == 501, (text, answer.content)
        if answer.status >= 400:
            assert answer.error
    assert user.get().status == 200


# ---- the same statements for all queries ----

STATEMENTS = "SELECT query FROM pg_stat_statements WHERE userid = 'graphprofile'::regrole"
LOGGED = re.compile(r"^\d{4}-\d\d-\d\d .*? LOG:  ((?:execute|statement)\b.*(?:\n\t.*)*)", re.MULTILINE)


@pytest.fixture
def watched(state, module, sanitizers):
    """A separate server whose PostgreSQL logs every statement."""
    server = Server(state / "statements", module, sanitizers)
    try:
        server.postgres.stop("fast")
        server.postgres.settings.update(shared_preload_libraries="pg_stat_statements", log_statement="all")
        server.postgres.start_server()
        server.postgres.psql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        yield server.start()
    finally:
        server.stop()


def test_the_statements_are_the_same_for_all_queries(watched):
    def logged():
        """The prepared and executed statements, without the numbers of the labels."""
        return {re.sub(r"\b(gp_[a-z_]+)_\d+(_(piped|merged))?\b", r"\1", text)
                for text in LOGGED.findall(watched.postgres.log.read_text())
                if "graphprofile." in text and "UPDATE graphprofile.position SET created" not in text}

    def counted():
        return set(watched.postgres.psql(STATEMENTS).splitlines())

    dice = random.Random(0)
    with watched.connect() as connection, connection.cursor() as database:
        user = User(watched, database)
        author = Author(dice, fill(user, database, dice, 20))
        everything = {"filter": "isCurrent", "orderby": "id", "select": "id", "count": "true", "top": 1, "skip": 1}
        for number in range(len(everything) + 1):
            for some in itertools.combinations(everything.items(), number):
                assert user.get(url(**dict(some))).status == 200
        walk(user, POSITIONS, headers={"Prefer": "odata.maxpagesize=7"})
        walk(user, url(filter="true", orderby="id"), headers={"Prefer": "odata.maxpagesize=7"})
        assert user.get(url(POSITIONS + "/$count", filter="isCurrent")).status == 200
        before = logged(), counted()
        assert before[0] and before[1]

        for _ in range(300):
            keys = [(*dice.choice(KEYS), dice.random() < 0.5) for _ in range(dice.randint(1, 4))]
            options = {"filter": render(author.filter(), dice), "orderby": write_keys(dice, keys),
                       "select": "/".join(dice.choice(KEYS)[0]), "count": dice.choice(["true", "false"]),
                       "top": dice.randint(1, 9), "skip": dice.randint(0, 9)}
            chosen = dict(dice.sample(sorted(options.items()), dice.randint(1, len(options))))
            assert user.get(url(**chosen)).status == 200, chosen
            user.get(url(POSITIONS + "/$count", filter=options["filter"]))
        user.get(url(filter="detail/jobTitle eq 'zebra''; DROP TABLE graphprofile.position --'"))
    assert logged() == before[0] and counted() == before[1]
    assert len(before[1]) < 30 and not [text for text in before[0] if "zebra" in text]
    assert all(re.match(r"(statement: PREPARE|execute) gp_[a-z_]+\b", text) for text in before[0])
    watched.log.check()
