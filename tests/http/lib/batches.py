# SPDX-License-Identifier: Apache-2.0
"""Batches of requests: makes them, sends them, and checks the rules for every answer."""

import json

from lib import openapi
from lib.client import POSITIONS


def item(method, url, id="1", **members) -> dict:
    return {"id": id, "method": method, "url": url, **members}


def get(url=POSITIONS, id="1", **members) -> dict:
    return item("GET", url, id, **members)


def post(body, url=POSITIONS, id="1", **members) -> dict:
    return item("POST", url, id, body=body, **members)


def patch(position, body, id="1", **members) -> dict:
    return item("PATCH", f"{POSITIONS}/{position}", id, body=body, **members)


def delete(position, id="1", **members) -> dict:
    return item("DELETE", f"{POSITIONS}/{position}", id, **members)


def batch(user, requests, extra=None, compact=False, **options) -> dict:
    """Send a batch. @return its responses by id, after look_at has checked each"""
    text = json.dumps({"requests": requests, **(extra or {})}, separators=(",", ":") if compact else None)
    answer = user.request("POST", "/$batch", data=text, **options)
    assert answer.status == 200, answer.content
    responses = answer.json["responses"]
    assert [type(response["id"]) for response in responses] == [str] * len(responses)
    got = {response["id"]: response for response in responses}
    assert set(got) == {request["id"] for request in requests} and len(got) == len(responses), "each id once"
    for request in requests:
        look_at(got[request["id"]])
    return got


def look_at(response) -> None:
    """Check the rules for every response of a batch."""
    assert set(response) <= {"id", "status", "headers", "body", "atomicityGroup"}
    assert isinstance(response["status"], int) and isinstance(response["headers"], dict)
    assert ("body" in response) == ("Content-Type" in response["headers"])
    if response["status"] < 400:
        return
    assert list(response["body"]) == ["error"] and response["headers"]["Content-Type"] == "application/json"
    if openapi.description is not None:
        openapi.description.check({"$ref": openapi.SCHEMAS + "microsoft.graph.ODataErrors.ODataError"}, response["body"])
    assert response["body"]["error"]["innerError"]["request-id"] == response["headers"]["request-id"]


def without_ids(body):
    """Return a body without the ids of the request."""
    if isinstance(body, dict) and "error" in body:
        return {**body["error"], "innerError": None}
    return body
