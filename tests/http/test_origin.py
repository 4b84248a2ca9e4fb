# SPDX-License-Identifier: Apache-2.0
"""Pages of other origins in a browser: their access to answers (CORS), by headers and in Chromium itself."""

import json

import pytest
from lib.browser import Site, open_in_chromium

APP, OTHER, EVIL = "http://app.example", "https://other.example", "http://evil.example"
PREFLIGHT = {"Access-Control-Request-Method": "PATCH",
             "Access-Control-Request-Headers": "authorization,client-request-id,content-type"}


def cors(answer):
    return {name.lower(): value for name, value in answer.headers.items()
            if name.lower().startswith("access-control-")}


def test_no_cors_headers_without_configuration(user):
    for origin in (APP, "null", user.server.url):
        for answer in (user.post({}, headers={"Origin": origin}),
                       user.request("OPTIONS", headers={"Origin": origin, **PREFLIGHT})):
            assert cors(answer) == {} and "origin" not in answer.varies_by


@pytest.mark.parametrize("root, origin, told", [
    ("/pages", APP, APP), ("/pages", OTHER, OTHER), ("/pages", EVIL, None), ("/pages", None, None),
    ("/pages", "null", None), ("/pages", APP + ":8080", None), ("/pages", "https://app.example", None),
    ("/pages", APP + ".evil.example", None), ("/pages", f"{APP} {OTHER}", None),
    ("/all-pages", APP, "*"), ("/all-pages", EVIL, "*"), ("/all-pages", "null", "*"),
    ("/all-pages", None, "*")])
def test_every_answer_states_which_origins_may_read_it(new_user, root, origin, told):
    user = new_user()
    user.root = root
    made = user.create()
    one, all_of_them = f"/me/profile/positions/{made['id']}", "/me/profile/positions"
    etag = made["@odata.etag"]
    for status, method, path, body, headers in (
            (200, "GET", one, None, {}), (304, "GET", one, None, {"If-None-Match": etag}),
            (200, "HEAD", one, None, {}), (200, "GET", all_of_them, None, {}),
            (200, "GET", all_of_them + "/$count", None, {}), (200, "GET", "/$metadata", None, {}),
            (201, "POST", all_of_them, {}, {}), (400, "POST", all_of_them, [], {}),
            (401, "GET", one, None, {"Authorization": "Bearer x"}),
            (401, "GET", one, None, {"Authorization": None}),
            (404, "GET", one + "/x", None, {}), (404, "GET", "/me/profile/skills", None, {}),
            (405, "PUT", one, {}, {}), (406, "GET", one, None, {"Accept": "text/html"}),
            (412, "PATCH", one, {}, {"If-Match": '"0"'}), (415, "PATCH", one, {}, {"Content-Type": "a/b"}),
            (200, "PATCH", one, {}, {}), (204, "DELETE", one, None, {})):
        answer = user.request(method, path, body, headers={"Origin": origin, **headers})
        assert answer.status == status, (method, path)
        if path == "/me/profile/skills" and root == "/all-pages":
            continue  # an ErrorDocument's, outside of the root
        assert answer.headers.get("Access-Control-Allow-Origin") == told, (method, path)
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert ("origin" in answer.varies_by) == (told != "*")
        exposed = answer.headers.get("Access-Control-Expose-Headers", "").lower().split(", ")
        if told:
            assert {"etag", "location", "request-id", "client-request-id", "retry-after",
                    "preference-applied", "www-authenticate"} <= set(exposed)


def test_a_location_below_may_take_it_back(new_user):
    user = new_user()
    path = f"/users/{user.id}/profile/positions"
    assert cors(user.get(path, root="/all-pages", headers={"Origin": APP})) == {}
    assert cors(user.request("OPTIONS", path, root="/all-pages", headers={"Origin": APP, **PREFLIGHT})) == {}


@pytest.mark.parametrize("path, methods", [
    ("/me/profile/positions", {"GET", "HEAD", "POST", "OPTIONS"}),
    ("/me/profile/positions/01a20af3-6fab-775c-af54-9301305631cb",
     {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}),
    ("/ME/profile/positions('01a20af3-6fab-775c-af54-9301305631cb')",
     {"GET", "HEAD", "PATCH", "DELETE", "OPTIONS"}),
    ("/me/profile/positions/$count", {"GET", "HEAD", "OPTIONS"}), ("/$metadata", {"GET", "HEAD", "OPTIONS"})])
def test_preflights(user, path, methods):
    answer = user.request("OPTIONS", path, root="/pages", token="", headers={"Origin": APP, **PREFLIGHT})
    assert answer.status == 204 and answer.content == b""
    told = cors(answer)
    assert told["access-control-allow-origin"] == APP
    assert set(told["access-control-allow-methods"].split(", ")) == methods
    # The asterisk includes every header but one (Fetch standard, CORS-safelisted request-header).
    assert told["access-control-allow-headers"] == "Authorization, *"
    assert int(told["access-control-max-age"]) > 0
    assert "access-control-allow-credentials" not in told


def test_a_forbidden_origin_gets_no_cors_headers(user):
    for headers in ({"Origin": EVIL, **PREFLIGHT}, {"Origin": "null", **PREFLIGHT}, PREFLIGHT):
        assert cors(user.request("OPTIONS", root="/pages", token="", headers=headers)) == {}


# ---- in a browser ----

PAGE = """<!doctype html><title>A page of another origin</title><script>
const [api, token] = %s;
const headers = {Authorization: "Bearer " + token, "Content-Type": "application/json",
                 "client-request-id": "6f3d3f4c-7a0c-4c1c-9d8b-2f3a1d5e7b90", SdkVersion: "page/1"};
const steps = [];
async function call(method, url, body, more) {
    const answer = await fetch(url, {method, headers: {...headers, ...more},
                                     body: body && JSON.stringify(body)});
    const text = await answer.text();
    steps.push([method, answer.status]);
    return {answer, value: text && JSON.parse(text)};
}
async function run() {
    const made = await call("POST", api, {detail: {jobTitle: "From a page"}});
    const url = made.answer.headers.get("Location");
    const etag = made.answer.headers.get("ETag");
    const listed = await call("GET", api + "?$filter=detail/jobTitle eq 'From a page'");
    await call("PATCH", url, {isCurrent: true}, {"If-Match": etag});
    await call("PATCH", url, {isCurrent: false}, {"If-Match": etag});
    await call("DELETE", url);
    const gone = await call("GET", url);
    return {listed: listed.value.value.map(position => position.id), id: made.value.id,
            etag: etag === made.value["@odata.etag"], error: gone.value.error.code,
            client: gone.answer.headers.get("client-request-id"),
            request: gone.answer.headers.get("request-id") !== null};
}
run().then(result => ({result}), error => ({error: String(error)}))
     .then(end => fetch("/result", {method: "POST", body: JSON.stringify({steps, ...end})}));
</script>"""


@pytest.mark.parametrize("origin", [APP, EVIL])
def test_a_page_in_chromium(user, tmp_path, origin):
    api = f"{user.server.url}/pages/me/profile/positions"
    site = Site(PAGE % json.dumps([api, user.token]))
    try:
        found = open_in_chromium(origin + "/", site, tmp_path / "browser")
    finally:
        site.close()
    if origin == EVIL:
        assert found == {"steps": [], "error": "TypeError: Failed to fetch"}
        assert user.rows() == []
        return
    assert found["steps"] == [["POST", 201], ["GET", 200], ["PATCH", 200], ["PATCH", 412],
                              ["DELETE", 204], ["GET", 404]], found
    result = found["result"]
    assert result["listed"] == [result["id"]] and result["etag"] and result["request"]
    assert result["error"] == "ResourceNotFound"
    assert result["client"] == "6f3d3f4c-7a0c-4c1c-9d8b-2f3a1d5e7b90"
    assert user.rows() == []
