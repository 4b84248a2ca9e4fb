# SPDX-License-Identifier: Apache-2.0
"""Negotiation of formats, versions, isolation and preferences (OData 4.01 Protocol 8)."""

import pytest
from lib.client import POSITIONS, Raw
from lib.schema import GIVEN

JSON = "application/json"


@pytest.fixture
def one(user):
    return f"{POSITIONS}/{user.create()['id']}"


# ---- Accept and $format ----

UNKNOWN = [f"{JSON};nonsense=1", f"{JSON};nonsense", f"{JSON};odata.metadata=all", f"{JSON};odata.streaming=x",
           f"{JSON};IEEE754Compatible=1", f"{JSON};ExponentialDecimals=x", f"{JSON};charset=utf-16",
           f"{JSON};odata=verbose", f"{JSON};q=0.5;level=1", "*/*;nonsense=1"]
KNOWN = [f"{JSON};metadata=minimal;streaming=false;IEEE754Compatible=false;ExponentialDecimals=true",
         f"{JSON};charset=UTF-8", f'{JSON};charset="utf-8"', f"{JSON};q=0.1",
         # The headers of real clients: Graph SDKs, browsers, Power Query, Java, curl
         "application/json, text/plain, */*", "text/html,application/signed-exchange;v=b3;q=0.7,*/*;q=0.8",
         f"{JSON};odata.metadata=minimal;q=1.0,{JSON};odata=minimalmetadata;q=0.9,application/atomsvc+xml;q=0.8",
         "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "application/json; odata.metadata=full", "*/*"]


@pytest.mark.parametrize("accept", UNKNOWN)
def test_an_unknown_parameter_is_not_acceptable(user, one, accept):
    for path in (one, POSITIONS, "/"):
        answer = user.get(path, headers={"Accept": accept})
        assert answer.status == 406 and answer.error["target"] == "Accept", path
        assert user.get(path, headers={"Accept": f"{accept}, {JSON};q=0.1"}).status == 200
    assert user.get("/$metadata", headers={"Accept": accept}).status == 406
    user.refused(406, {}, headers={"Accept": accept})
    before = user.rows("etag")
    assert user.request("PATCH", one, {"isCurrent": True}, headers={"Accept": accept}).status == 406
    assert user.rows("etag") == before
    assert user.request("DELETE", one, headers={"Accept": accept}).status == 204  # an answer without a body


@pytest.mark.parametrize("accept", KNOWN)
def test_parameters_that_are_known(user, one, accept):
    for path in (one, POSITIONS):
        assert user.get(path, headers={"Accept": accept}).status == 200


def test_format_knows_the_same_parameters(user, one):
    for value in UNKNOWN[:8]:
        answer = user.get(f"{one}?$format={value}", headers={"Accept": JSON})
        assert answer.status == 406 and answer.error["target"] == "$format", value


# ---- 64-bit numbers in quotes ----

QUOTED = f"{JSON};IEEE754Compatible=true"


@pytest.mark.parametrize("ask", [{"headers": {"Accept": QUOTED}}, {"query": f"&$format={QUOTED}"},
                                 {"headers": {"Accept": f"text/html, {QUOTED};odata.metadata=none"}},
                                 {"headers": {"Accept": JSON}, "query": f"&$format={QUOTED}"}])
def test_counts_come_in_quotes(user, ask):
    user.create()
    query, headers = ask.get("query", ""), ask.get("headers")
    answer = user.get(f"{POSITIONS}?$count=true{query}", headers=headers)
    assert answer.json["@odata.count"] == "1" and len(answer.json["value"]) == 1
    assert ";IEEE754Compatible=true;" in answer.headers["Content-Type"]


def test_counts_are_quoted_only_on_request(user):
    user.create()
    for accept in (None, JSON, f"{JSON};IEEE754Compatible=false", f"{QUOTED};q=0.1, {JSON}"):
        answer = user.get(f"{POSITIONS}?$count=true", headers={"Accept": accept})
        assert answer.json["@odata.count"] == 1
        assert ";IEEE754Compatible=false;" in answer.headers["Content-Type"]


def test_every_json_answer_states_its_format_of_numbers(user, one):
    for answer in (user.get(one, headers={"Accept": QUOTED}), user.get("/", headers={"Accept": QUOTED}),
                   user.get("/$metadata", headers={"Accept": QUOTED}), user.post({}, headers={"Accept": QUOTED}),
                   user.request("PATCH", one, {}, headers={"Accept": QUOTED})):
        assert "IEEE754Compatible=true" in answer.headers["Content-Type"]
    count = user.get(POSITIONS + "/$count", headers={"Accept": f"{QUOTED}, text/plain;q=0.5"})
    assert count.content == b"2"


def test_no_property_is_of_64_bits():
    """With IEEE754Compatible, a property of 64 bits would have to be quoted, too."""
    types = {row["type"] for given in GIVEN["types"].values() for row in given["properties"].values()}
    assert not types & {"Edm.Int64", "Edm.Decimal"}


# ---- versions ----

def test_json_metadata_needs_version_401(user):
    either = f"{JSON}, application/xml"
    for maximum in ("4.0", "4", "4.00"):
        headers = {"OData-MaxVersion": maximum}
        answer = user.get("/$metadata", headers={**headers, "Accept": either})
        assert answer.content.startswith(b"<?xml") and answer.headers["OData-Version"] == "4.0"
        for accept, query, target in ((JSON, "", "Accept"), (either, "?$format=json", "$format")):
            answer = user.get("/$metadata" + query, headers={**headers, "Accept": accept})
            assert answer.status == 406 and answer.error["target"] == target
        assert user.get("/", headers={**headers, "Accept": JSON}).status == 200
    for maximum in ("4.01", "4.1", "5.0", None):
        answer = user.get("/$metadata", headers={"OData-MaxVersion": maximum, "Accept": either})
        assert answer.json["$Version"] == answer.headers["OData-Version"] == "4.01"
        assert "odata-maxversion" in answer.varies_by
        answer = user.get("/$metadata", headers={"OData-MaxVersion": maximum})
        assert answer.content.startswith(b"<?xml") and answer.headers["OData-Version"] == "4.0"


@pytest.mark.parametrize("maximum", ["3.0", "3.99", "0", "", "x", "4.0x", "0x4", "inf", "nan", "+4.0", "4e0", "4.",
                                     "4.0;NetFx", "4.0, 3.0"])
def test_a_version_that_is_none_or_too_low(user, one, maximum):
    for path in (one, POSITIONS, "/", "/$metadata"):
        answer = user.get(path, headers={"OData-MaxVersion": maximum})
        assert answer.status == 406 and answer.error["target"] == "OData-MaxVersion"
    user.refused(406, {}, headers={"OData-MaxVersion": maximum})


# ---- isolation ----

@pytest.mark.parametrize("name", ["Isolation", "OData-Isolation", "isolation", "ODATA-ISOLATION"])
@pytest.mark.parametrize("value", ["snapshot", "SNAPSHOT", "nonsense", ""])
def test_snapshot_isolation_is_refused(user, one, name, value):
    headers, before = {name: value}, user.rows("etag")
    for method, path, body in (("GET", one, None), ("GET", POSITIONS, None), ("GET", "/", None), ("POST", POSITIONS, {}),
                               ("GET", "/$metadata", None), ("GET", POSITIONS + "/$count", None),
                               ("PATCH", one, {"isCurrent": True}), ("DELETE", one, None)):
        answer = user.request(method, path, body, headers=headers)
        assert answer.status == 412, (method, path)
        assert answer.error["code"] == "IsolationNotSupported" and answer.error["target"].endswith("Isolation")
    assert user.rows("etag") == before


# ---- preferences ----

PAGES = [
    # root, sent, applied, size of the page
    ("/beta", "odata.maxpagesize=5000", "odata.maxpagesize=100", 7),
    ("/paged", "odata.maxpagesize=5000", "odata.maxpagesize=3", 3),
    ("/paged", "odata.maxpagesize=3", "odata.maxpagesize=3", 3),
    ("/paged", "odata.maxpagesize=2", "odata.maxpagesize=2", 2),
    ("/paged", "maxpagesize=2", "maxpagesize=2", 2),
    ("/paged", "MaxPageSize=\"2\"", "maxpagesize=2", 2),
    ("/paged", "odata.maxpagesize=1, maxpagesize=2", "maxpagesize=2", 2),
    ("/paged", "maxpagesize=2, odata.maxpagesize=1", "maxpagesize=2", 2),
    ("/paged", "maxpagesize=x, odata.maxpagesize=1", "odata.maxpagesize=1", 1),
    ("/paged", "maxpagesize=0", None, 3), ("/paged", "maxpagesize=-1", None, 3), ("/paged", "", None, 3),
]


@pytest.mark.parametrize("root, sent, applied, size", PAGES, ids=[f"{row[0]} {row[1]}" for row in PAGES])
def test_the_applied_page_size_is_reported(user, root, sent, applied, size):
    for _ in range(7):
        user.create()
    answer = user.get(root=root, headers={"Prefer": sent})
    assert len(answer.json["value"]) == size
    assert answer.headers.get("Preference-Applied") == applied


NOT_APPLIED = ["respond-async", "respond-async, wait=10", "handling=strict", "omit-values=nulls", "odata.track-changes",
               "track-changes", "odata.allow-entityreferences", "odata.continue-on-error",
               'odata.include-annotations="*"', "odata.callback;url=\"http://x\"", "include-unknown-enum-members",
               "depth-noroot", "nonsense"]


@pytest.mark.parametrize("prefer", NOT_APPLIED)
def test_no_preference_is_said_to_be_applied_that_was_not(user, one, prefer):
    headers = {"Prefer": prefer}
    plain = user.get(one).json
    for answer in (user.get(headers=headers), user.get(one, headers=headers), user.post({}, headers=headers),
                   user.request("PATCH", one, {}, headers=headers), user.get("/$metadata", headers=headers),
                   user.get(POSITIONS + "/$count", headers=headers)):
        assert answer.status in (200, 201) and "Preference-Applied" not in answer.headers
    assert user.get(one, headers=headers).json == plain
    answer = user.request("DELETE", one, headers=headers)
    assert answer.status == 204 and "Preference-Applied" not in answer.headers


@pytest.mark.parametrize("returns", ["return=minimal", "return=representation"])
def test_return_has_no_effect_where_nothing_is_written(user, one, returns):
    headers = {"Prefer": returns}
    for path in (one, POSITIONS, "/", "/$metadata", POSITIONS + "/$count"):
        answer = user.get(path, headers=headers)
        assert answer.status == 200 and answer.content and "Preference-Applied" not in answer.headers
    assert "Preference-Applied" not in user.refused(400, {"x": 1}, headers=headers).headers
    answer = user.request("DELETE", one, headers=headers)
    assert answer.status == 204 and "Preference-Applied" not in answer.headers


@pytest.mark.http1
def test_headers_in_several_lines_are_one_list(user, one):
    def ask(*lines):
        with Raw(user.server) as raw:
            text = "".join(f"{line}\r\n" for line in (
                f"GET /paged{POSITIONS} HTTP/1.1", "Host: x", f"Authorization: Bearer {user.token}", *lines, ""))
            return raw.send(text.encode()).answer()

    user.create()
    assert ask("Prefer: respond-async", "Prefer: maxpagesize=1").headers["Preference-Applied"] == "maxpagesize=1"
    assert ask("Prefer: maxpagesize=1", "Prefer: maxpagesize=2").headers["Preference-Applied"] == "maxpagesize=1"
    assert ask("Accept: text/html", f"Accept: {JSON}").status == 200
    assert ask(f"Accept: {JSON};nonsense=1", "Accept: text/html").status == 406
    assert ask("OData-MaxVersion: 4.0", "OData-MaxVersion: 4.0").status == 406
    assert ask("OData-Version: 4.0", "OData-Version: 4.01").status == 400


# ---- languages ----

def test_an_error_has_its_language(user):
    """OData JSON 4.01 section 21.1: the language of the message."""
    for answer in (user.get("/nowhere"), user.get(token=""), user.refused(400, {"x": 1}),
                   user.request("PUT", body={}), user.get(headers={"Accept-Language": "de"}, path="/nowhere")):
        assert answer.error and answer.headers["Content-Language"] == "en"
    assert "Content-Language" not in user.get().headers
