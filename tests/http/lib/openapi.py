# SPDX-License-Identifier: Apache-2.0
"""Checks every JSON answer of the module against the OpenAPI document that the module itself serves.

The document is requested once, from the first server of a run, and compiled to code.
"""

import json
import re
from posixpath import normpath
from typing import Optional
from urllib.parse import unquote

import fastjsonschema

SCHEMAS = "#/components/schemas/"
DATE = r"-?\d{4,}-\d\d-\d\d"
FORMATS = {"date": f"^{DATE}$", "date-time": rf"^{DATE}T\d\d:\d\d:\d\d\.\d{{7}}Z$"}
PROFILE = r"/(?:(?P<me>me)|users(?:/[^/]+|\(.*?\)))/profile"
OWNER = PROFILE + "/positions"
KEY = r"(?:/[^/$][^/]*|\((?:id=)?'.*?'\))"
TEMPLATES = [  # each spelling of a path, and its template in the document
    (re.compile(spelling, re.IGNORECASE), template) for spelling, template in (
        ("/?", "/"), (r"/\$metadata/?", "/$metadata"), ("/openapi[.]json/?", "/openapi.json"),
        (r"/\$batch/?", "/$batch"),
        (PROFILE + "/?", "{}/profile"), (OWNER + "/?", "{}/profile/positions"), (OWNER + r"/\$ref/?", "{}/profile/positions/$ref"),
        (OWNER + r"/\$count/?", "{}/profile/positions/$count"),
        (OWNER + KEY + "/?", "{}/profile/positions/{{workPosition-id}}"))]


def template_of(path: str) -> Optional[str]:
    """The template for a path below the root; None: there is none."""
    path = re.sub("//+", "/", unquote(re.sub("(?i)%2f", "\0", path.partition("?")[0])))
    if "/." in path:
        path = normpath(path)  # as httpd does
    for pattern, template in TEMPLATES:
        match = pattern.fullmatch(path)
        if match:
            return template.format("/me" if match.groupdict().get("me") else "/users/{user-id}")
    return None


def draft7(schema, schemas: dict):
    """An OpenAPI 3.0 schema as JSON Schema, without references, which is fast to check. Types that are not
    open have only declared members and annotations."""
    if isinstance(schema, list):
        return [draft7(part, schemas) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return draft7(schemas[schema["$ref"].removeprefix(SCHEMAS)], schemas)
    if "allOf" in schema:
        [only] = schema["allOf"]
        converted = draft7(only, schemas)
    else:
        converted = {
            name: {prop: draft7(value, schemas) for prop, value in part.items()} if name == "properties"
            else draft7(part, schemas) for name, part in schema.items()
            if name not in ("nullable", "readOnly", "example", "title", "description")
            and (name != "format" or part in FORMATS)}
    if "properties" in converted and "additionalProperties" not in converted:
        converted.update(patternProperties={"@": {}}, additionalProperties=False)
    if schema.get("nullable"):
        converted["type"] = [converted["type"], "null"]
        if "enum" in converted:
            converted["enum"] = [*converted["enum"], None]
    return converted


class Description:
    """The answers that an OpenAPI document describes."""

    def __init__(self, document: dict):
        self.document = document
        self.compiled = {}

    def _resolve(self, part: dict) -> dict:
        while "$ref" in part:
            found = self.document
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            part = found
        return part

    def schema(self, template: str, method: str, status: int) -> dict:
        """The schema of the JSON answer to a request."""
        responses = self.document["paths"][template][method.lower()]["responses"]
        response = self._resolve(responses.get(str(status)) or responses["default"])
        return response["content"]["application/json"]["schema"]

    def check(self, schema: dict, value) -> None:
        key = json.dumps(schema)
        if key not in self.compiled:
            self.compiled[key] = fastjsonschema.compile(
                draft7(schema, self.document["components"]["schemas"]), formats=FORMATS)
        self.compiled[key](value)


description: Optional[Description] = None


def learn(user) -> None:
    """Request the document, unless this run has already done so."""
    global description
    if description is None:
        answer = user.get("/openapi.json")
        assert answer.status == 200, answer.content
        description = Description(answer.json)


def check(method: str, root: str, path: str, answer) -> None:
    """Check an answer to a request for a path below a root. Answers of other modules have no OData-Version,
    and a part of an answer is not JSON. Values that relaxed roots store can be of any type."""
    media = answer.headers.get("Content-Type", "")
    if description is None or "OData-Version" not in answer.headers or not answer.content \
            or not media.startswith("application/json") or answer.status == 206:
        return
    value = answer.json
    if answer.status >= 400:
        description.check({"$ref": SCHEMAS + "microsoft.graph.ODataErrors.ODataError"}, value)
        return
    if "relaxed" in root:
        return
    if not root:  # it is in the path
        path = "/" + path.lstrip("/").partition("/")[2]
    template = template_of(path)
    if template is None and re.search(r"%|/\.", path):
        return  # a spelling that only httpd can read
    assert template is not None, f"openapi.json does not have {path}"
    for count in ("@odata.count", "positions@odata.count"):
        if "IEEE754Compatible=true" in media and count in value:
            value[count] = int(value[count])
    description.check(description.schema(template, method, answer.status), value)
