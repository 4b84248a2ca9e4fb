# SPDX-License-Identifier: Apache-2.0
"""openapi.json: its content, compared with the types, the tables of the documentation and the server; a
linter; and clients made by two generators. lib/openapi.py checks the answers of all other tests against
it."""

import json
import os
import re
import shutil
import subprocess
from urllib.parse import quote

import fastjsonschema
import pytest
from lib.client import TIMEOUT
from lib.openapi import SCHEMAS, Description, template_of
from lib.schema import ENUMS, GIVEN, TYPES, example, item_of
from lib.server import ROOT

CLIENTS = ROOT / "tests" / "clients" / "openapi"
NAMESPACE = "microsoft.graph."


@pytest.fixture(name="document")
def _document(user):
    answer = user.get("/openapi.json")
    assert answer.status == 200
    return answer.json


# ---- the resource ----

def test_it_is_served_as_metadata_is(user):
    answer = user.get("/openapi.json")
    assert answer.headers["Content-Type"] == "application/json;charset=utf-8"
    assert answer.headers["Cache-Control"] == user.get("/$metadata").headers["Cache-Control"]
    assert answer.json["openapi"] == "3.0.3"
    assert answer.json["servers"] == [{"url": user.server.url + "/beta"}]
    assert user.get("/OpenApi.JSON/").content == answer.content
    head = user.request("HEAD", "/openapi.json")
    assert head.status == 200 and head.content == b"" and head.headers["ETag"] == answer.headers["ETag"]
    options = user.request("OPTIONS", "/openapi.json")
    assert options.status == 204 and options.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert user.post({}, "/openapi.json").error["code"] == "MethodNotAllowed"
    assert user.get("/openapi.json", token="").status == 401
    assert user.get("/openapi.json/x").status == 404
    assert user.get("/openapi.json?$top=1").error["target"] == "$top"
    for accept, status in (("text/html", 406), ("application/xml", 406), ("*/*", 200), ("application/json", 200)):
        assert user.get("/openapi.json", headers={"Accept": accept}).status == status, accept


def test_the_server_is_the_public_url(user):
    assert user.get("/openapi.json", root="/small").json["servers"] == [{"url": "https://api.example.com/small"}]


def test_its_etag(user):
    answer = user.get("/openapi.json")
    etag = answer.headers["ETag"]
    assert re.fullmatch('"[0-9a-f]{32}"', etag)
    assert user.get("/openapi.json").headers["ETag"] == etag
    assert user.get("/openapi.json", root="/plain").headers["ETag"] != etag  # another URL
    for name, tag, status in (
            ("If-None-Match", etag, 304), ("If-None-Match", f'"x", W/{etag}', 304), ("If-None-Match", "*", 304),
            ("If-None-Match", etag[:-1] + '-gzip"', 304), ("If-None-Match", '"x"', 200), ("If-None-Match", "x", 400),
            ("If-Match", etag, 200), ("If-Match", "*", 200), ("If-Match", '"x"', 412), ("If-Match", "x", 400)):
        got = user.get("/openapi.json", headers={name: tag})
        assert got.status == status, (name, tag)
        if status == 304:
            assert got.content == b"" and got.headers["ETag"]
        elif status >= 400:
            assert got.error["target"] == name


# ---- its content ----

def wanted(type_name: str, prop: str, given: dict) -> dict:
    """The schema of a property, from Graph's own types."""
    def single(name, nullable):
        named = {"allOf": [{"$ref": f"{SCHEMAS}{NAMESPACE}{name}"}]}
        null = {"nullable": True} if nullable else {}
        if name in ENUMS:
            return {"type": "string", **null, **named}
        if name in TYPES:
            return {"type": "object", **null, **named}
        return {"String": {"type": "string", **null}, "Boolean": {"type": "boolean", **null},
                "Int32": {"type": "integer", "format": "int32", **null},
                "Double": {"oneOf": [{"type": "number", "format": "double", "nullable": True},
                                     {"type": "string", "enum": ["-INF", "INF", "NaN"]}]},
                "Date": {"type": "string", "format": "date", **null},
                "DateTimeOffset": {"type": "string", "format": "date-time", **null}}[name]

    kind = given[0]
    if item_of(kind):
        items = single(item_of(kind), False)
        return {"type": "array", "items": items["allOf"][0] if "allOf" in items else items}
    is_key = type_name == "workPosition" and prop == "id"
    stamps = {"createdDateTime", "lastModifiedDateTime", "lastModifiedBy"} if type_name == "workPosition" else set()
    return {**single(kind, not is_key), **({"readOnly": True} if is_key or prop in stamps else {})}


def test_every_type_is_a_schema(document):
    schemas = document["components"]["schemas"]
    for name, properties in TYPES.items():
        schema = schemas[NAMESPACE + name]
        assert {prop: value for prop, value in schema["properties"].items() if "@" not in prop} == {
            prop: wanted(name, prop, row) for prop, row in properties.items()}, name
        assert schema.get("additionalProperties", False) == GIVEN["types"][name]["openType"], name
        annotations = {prop for prop in schema["properties"] if "@" in prop}
        assert annotations == {"@odata.type"} | ({"@odata.context", "@odata.etag", "@odata.id", "@odata.editLink"}
                                                 if name == "workPosition" else set())
    others = {name.removeprefix(NAMESPACE) for name in schemas} - set(TYPES) - set(ENUMS)
    assert others == {"workPositionCollectionResponse", "profile", "serviceDocument", "batchRequests", "batchResponses", "ODataErrors.ODataError",
                      "ODataErrors.MainError", "ODataErrors.ErrorDetails", "ODataErrors.InnerError"}


def test_every_enumeration(document):
    for name, members in ENUMS.items():
        schema = document["components"]["schemas"][NAMESPACE + name]
        if not GIVEN["enums"][name]["isFlags"]:
            assert schema["enum"] == members
            continue
        for value in [*members, ",".join(members)]:
            assert re.search(schema["pattern"], value), value
        for value in ("", ",", "unknownFutureValue", members[0] + ",", "x" + members[1]):
            assert not re.search(schema["pattern"], value), value


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield path, method.upper(), operation


def test_paths_have_the_methods_that_the_server_allows(user, document):
    assert len(document["paths"]) == 4 + 2 * 5
    for path, item in document["paths"].items():
        real = path.replace("{user-id}", user.id).replace("{workPosition-id}", "01a20af3-6fab-775c-af54-9301305631cb")
        allowed = set(user.request("OPTIONS", real).headers["Allow"].split(", "))
        assert {method.upper() for method in item if method != "parameters"} == allowed - {"HEAD", "OPTIONS"}, path
        assert template_of(real) == path
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    assert {"me.profile.ListPositions", "me.profile.CreatePositions", "me.profile.GetPositions",
            "me.profile.UpdatePositions", "me.profile.DeletePositions", "me.profile.positions.GetCount",
            "me.GetProfile", "users.GetProfile"} <= set(ids)
    assert not {"me.DeleteProfile", "users.DeleteProfile"} & set(ids)  # GraphProfileErase is Off


def resolve(document, reference):
    return Description(document)._resolve(reference)


def test_the_parameters_are_the_query_options_of_the_documentation(document):
    """Those in the list of docs/query.md, without $format, which is Accept."""
    rows = (ROOT / "docs/query.md").read_text().split("## Conditions")[0]
    documented = {name for name, where in re.findall(r"^\| `(\$\w+)` \| .*? \| (.*?) \|", rows, re.MULTILINE)
                  if "list" in where}
    for path, method, operation in operations(document):
        parameters = [resolve(document, part) for part in operation["parameters"]]
        query = {part["name"] for part in parameters if part["in"] == "query"}
        expected = set()
        if method == "GET" and path.endswith("/positions"):
            expected = documented
        elif path.endswith("/$count"):
            expected = {"$filter"}
        elif path.endswith("/profile"):
            expected = {"$select", "$expand"}
        elif path.startswith(("/me", "/users")) and method != "DELETE":
            expected = {"$select"}
        assert query == expected, (path, method)
    assert "$expand" not in documented
    assert documented == {"$filter", "$orderby", "$select", "$top", "$skip", "$count", "$skiptoken"}


def test_every_path_of_select_can_be_selected(user, document):
    user.create()
    paths = document["components"]["parameters"]["select"]["schema"]["items"]["enum"]
    assert len(paths) == len(set(paths)) > 70
    answer = user.get("/me/profile/positions?$select=" + quote(",".join(paths)))
    assert answer.status == 200, answer.content


def test_every_name_of_a_profile_can_be_selected_and_is_in_the_schema(user, document):
    names = document["components"]["parameters"]["profileSelect"]["schema"]["items"]["enum"]
    got = user.get("/me/profile?$select=" + ",".join(names)).json
    assert {name for name in got if "@" not in name} == set(names) - {"*"} and len(names) == 21
    schema = document["components"]["schemas"][NAMESPACE + "profile"]["properties"]
    assert {name for name in schema if "@" not in name} == set(names) - {"*"}
    assert schema["positions"]["items"] == {"$ref": f"{SCHEMAS}{NAMESPACE}workPosition"}
    assert schema["skills"]["maxItems"] == 0


def test_the_errors_are_those_of_the_documentation(document):
    codes = document["components"]["schemas"][NAMESPACE + "ODataErrors.MainError"]["properties"]["code"]["description"]
    rows = (ROOT / "docs/errors.md").read_text().split("Codes of `details`")[0]
    assert re.findall(r"(\d{3}) (\w+)", codes) == re.findall(r"^\| (\d{3}) \| `(\w+)`", rows, re.MULTILINE)


def test_the_permissions_are_those_that_the_server_asks_for(new_user, document):
    """The server names them in WWW-Authenticate."""
    user = new_user(scopes="none")
    for path, method, body in (("/me/profile", "GET", None), ("/users/{user-id}/profile", "GET", None),
                               ("/me/profile/positions", "GET", None), ("/me/profile/positions", "POST", {}),
                               ("/users/{user-id}/profile/positions", "GET", None),
                               ("/users/{user-id}/profile/positions", "POST", {})):
        answer = user.request(method, path.replace("{user-id}", "somebody"), body)
        assert answer.status == 403
        asked = re.search('scope="(.*?)"', answer.headers["WWW-Authenticate"]).group(1)
        assert f"delegated permissions: {asked}." in document["paths"][path][method.lower()]["description"]


def test_the_example_can_be_created(user, document):
    body = document["components"]["requestBodies"]["position"]["content"]["application/json"]["example"]
    made = user.create(body)
    assert made["detail"]["company"]["address"]["city"] == body["detail"]["company"]["address"]["city"]
    assert made["isCurrent"] is True and made["categories"] == body["categories"]


def test_top_is_described_as_it_is_configured(user):
    told = [user.get("/openapi.json", root=root).json["components"]["parameters"]["top"]["description"]
            for root in ("/beta", "/top-page")]
    assert "all pages" in told[0] and "all pages" not in told[1] and "a page" in told[1]


# ---- the check of every answer ----

def test_the_check_detects_wrong_answers(user, document):
    description = Description(document)
    schema = description.schema("/me/profile/positions", "POST", 201)
    full = user.create({name: value for name, value in example("workPosition").items() if name != "id"})
    description.check(schema, full)
    for wrong in ({"nickname": "x"}, {"isCurrent": "yes"}, {"id": None}, {"createdDateTime": "2020-01-01"},
                  {"allowedAudiences": "me,nobody"}, {"categories": None}, {"colleagues": [{"relationship": "x"}]},
                  {"detail": {"startMonthYear": "2020"}}, {"inference": {"confidenceScore": "much"}}):
        with pytest.raises(fastjsonschema.JsonSchemaValueException):
            description.check(schema, {**full, **wrong})
    error = description.schema("/me/profile/positions", "POST", 409)
    for wrong in ({}, {"error": {}}, {"error": {"code": "x"}}, {"error": {"code": "x", "message": "", "more": 1}}):
        with pytest.raises(fastjsonschema.JsonSchemaValueException):
            description.check(error, wrong)
    assert template_of("/me/profile/skills") is None and template_of("/me/profile/positions/x/y") is None


# ---- linter and generators ----

def node(folder, *command, **environment):
    """Run a program of the npm packages and return its output."""
    assert (CLIENTS / "node_modules").is_dir(), "the packages are missing: make clients installs them"
    done = subprocess.run(["node", *map(str, command)], cwd=folder, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=5 * TIMEOUT,
                          env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment})
    assert done.returncode == 0, done.stdout
    return done.stdout.strip()


def test_a_linter_finds_nothing(user, tmp_path):
    document = tmp_path / "openapi.json"
    document.write_bytes(user.get("/openapi.json").content)
    assert node(CLIENTS, "lint.cjs", document) == ""
    broken = json.loads(document.read_text())
    broken["paths"]["/"]["get"]["operationId"] = "me.profile.ListPositions"
    document.write_text(json.dumps(broken))
    with pytest.raises(AssertionError, match="operation-operationId-unique"):
        node(CLIENTS, "lint.cjs", document)


def test_generated_clients(user, other, tmp_path):
    """Generated, compiled and run. A page of this root holds three positions."""
    for source in ("common.ts", "of-openapi-fetch.ts", "of-oazapfts.ts", "tsconfig.json", "package.json"):
        shutil.copy(CLIENTS / source, tmp_path)
    (tmp_path / "node_modules").symlink_to(CLIENTS / "node_modules")
    document = tmp_path / "openapi.json"
    document.write_bytes(user.get("/openapi.json", root="/paged").content)
    programs = CLIENTS / "node_modules" / ".bin"
    node(tmp_path, programs / "openapi-typescript", document, "-o", "types.d.ts")
    node(tmp_path, programs / "oazapfts", document, "functions.ts")
    node(tmp_path, programs / "tsc", "-p", ".")
    for caller, script in ((user, "of-openapi-fetch.js"), (other, "of-oazapfts.js")):
        kept = node(tmp_path, script, SERVICE_URL=f"{caller.server.url}/paged", SERVICE_TOKEN=caller.token)
        assert kept in [row[0] for row in caller.rows()]
