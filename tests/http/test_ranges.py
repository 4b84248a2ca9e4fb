# SPDX-License-Identifier: Apache-2.0
"""Range (RFC 9110 section 14): parts of the answers to GET, and no effect on any other method."""

import pytest

CHANGING = {"date", "request-id", "client-request-id", "keep-alive"}
RANGES = ["bytes=0-9", "bytes=5-", "bytes=-1", "bytes=0-0,5-6", "bytes=100000-", "bytes=100000-,200000-",
          "BYTES=100000-", "bytes=x", "lines=1-2", ""]
LATER = "bytes=100000-"  # longer than any answer here


@pytest.fixture
def path(user):
    return f"/me/profile/positions/{user.create({'isCurrent': True})['id']}"


def plain(answer):
    return {name: value for name, value in answer.headers.items() if name.lower() not in CHANGING}


@pytest.mark.parametrize("value", RANGES)
def test_a_change_is_answered_as_without_a_range(user, path, value):
    """An answer of 416 would deny a committed change."""
    headers = {"Range": value, "Request-Range": value}
    for number, body in enumerate(({"isCurrent": False}, {})):
        answer = user.request("PATCH", path, body, headers=headers)
        assert answer.status == 200 and answer.json["isCurrent"] is False, number
        assert "Content-Range" not in answer.headers
        assert int(answer.headers["Content-Length"]) == len(answer.content)
    for prefer, status in ((None, 201), ("return=minimal", 204), ("return=representation", 201)):
        before = len(user.rows())
        answer = user.post({}, headers={**headers, "Prefer": prefer})
        assert answer.status == status and "Content-Range" not in answer.headers
        assert len(user.rows()) == before + 1
    assert user.request("PATCH", path, {}, headers={**headers, "Prefer": "return=minimal"}).status == 204
    assert user.request("OPTIONS", path, headers=headers).status == 204
    assert user.request("DELETE", path, headers=headers).status == 204


@pytest.mark.parametrize("path", ["/", "/$metadata", "/me/profile/positions", "/me/profile/positions/$count"])
@pytest.mark.parametrize("value", RANGES)
def test_head_is_as_without_a_range(user, path, value):
    answer = user.request("HEAD", path, headers={"Range": value})
    assert answer.status == 200 and plain(answer) == plain(user.request("HEAD", path))


@pytest.mark.parametrize("method, path, status", [
    ("POST", "/nowhere", 404), ("PUT", "/me/profile/positions", 405), ("GET", "/nowhere", 404),
    ("GET", "/me/profile/positions?$top=x", 400), ("PATCH", "/me/profile/positions/x", 404)])
@pytest.mark.parametrize("value", ["bytes=0-9", LATER])
def test_an_error_is_whole(user, method, path, status, value):
    answer = user.request(method, path, headers={"Range": value})
    assert answer.status == status and answer.error and "Content-Range" not in answer.headers


def test_get_answers_a_part(user, path):
    whole = user.get(path)
    etag, length = whole.headers["ETag"], len(whole.content)
    part = user.get(path, headers={"Range": "bytes=5-9"})
    assert part.status == 206 and part.content == whole.content[5:10]
    assert part.headers["Content-Range"] == f"bytes 5-9/{length}" and part.headers["ETag"] == etag
    for condition, status in ((etag, 206), ('"x"', 200), (f"W/{etag}", 200)):
        assert user.get(path, headers={"Range": "bytes=5-9", "If-Range": condition}).status == status
    user.request("PATCH", path, {"isCurrent": False})
    assert user.get(path, headers={"Range": "bytes=5-9", "If-Range": etag}).status == 200
    assert user.get(path, headers={"Range": "bytes=5-9", "If-None-Match": '"x"'}).status == 206


@pytest.mark.parametrize("kind", ["/", "/$metadata", "one", "/me/profile/positions",
                                  "/me/profile/positions/$count"])
def test_a_range_beyond_the_answer(user, path, kind):
    path = path if kind == "one" else kind
    length = len(user.get(path).content)
    for value in (LATER, f"bytes={length}-", f"bytes={length}-{length + 5},{LATER[6:]}"):
        answer = user.get(path, headers={"Range": value})
        assert answer.status == 416 and answer.error["code"] == "InvalidRange"
        assert answer.error["target"] == "Range" and answer.error["message"]
        assert answer.headers["Content-Range"] == f"bytes */{length}"
    assert user.get(path, headers={"Range": f"bytes={length - 1}-"}).status == 206
    assert user.get(path, headers={"Range": LATER, "If-Range": '"x"'}).status == 200


def test_the_length_is_that_of_the_compressed_answer(user):
    """mod_deflate runs before the range is cut."""
    entity = user.create({"detail": {"summary": "x" * 3000}})
    path = f"/deflate/me/profile/positions/{entity['id']}"
    packed, late = ({"Accept-Encoding": "gzip", **more} for more in ({}, {"Range": LATER}))
    length = int(user.get(path, root="", headers=packed).headers["Content-Length"])
    assert length < 3000
    answer = user.get(path, root="", headers=late)
    assert answer.status == 416 and answer.error["code"] == "InvalidRange"
    assert answer.headers["Content-Range"] == f"bytes */{length}"


def test_an_error_document_for_416(user):
    answer = user.get("/", root="/documents", headers={"Range": LATER})
    assert answer.status == 416 and answer.content == b"Not that far"


def test_other_modules_serve_ranges_of_their_paths(user):
    answer = user.request("GET", "/me/files/file.txt", headers={"Range": "bytes=2-5"})
    assert (answer.status, answer.content) == (206, b"file")
