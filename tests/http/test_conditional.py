# SPDX-License-Identifier: Apache-2.0
"""ETags: conditional reads and writes."""

import pytest

WRONG = '"00000000000000000000000000000000"'


@pytest.fixture
def made(user):
    entity = user.create({"isCurrent": True})
    entity["path"] = f"/me/profile/positions/{entity['id']}"
    return entity


def forms(etag):
    """The forms in which a client may send the current ETag."""
    token = etag.strip('"')
    return [etag, f"W/{etag}", f"w/{etag}", f'"{token}-gzip"', f'W/"{token}-br"', f'"{token}-zstd"',
            "*", f"{WRONG}, {etag}", f'"x",W/{etag} ,{WRONG}']


def others(etag):
    """Forms of other ETags."""
    token = etag.strip('"')
    return [WRONG, f"W/{WRONG}", f'"{token}x"', f'"{token[:-1]}"', '""', '"a,b"', f"{WRONG}, {WRONG}",
            '"\'; DROP TABLE"', '"{}"', f'"{token.upper()}x"', '"\\"']


MALFORMED = ["x", '"open', 'W/', 'W/x', '"a" "b"', "*x", '"a"x', "", ","]


def test_if_match_that_matches(user, made):
    for form in forms(made["@odata.etag"]):
        now = user.read(made["id"])
        form = form.replace(made["@odata.etag"].strip('"'), now["@odata.etag"].strip('"'))
        answer = user.patch(made["id"], {"isCurrent": False}, headers={"If-Match": form})
        assert answer.status == 200, form
    for form in forms(made["@odata.etag"]):
        entity = user.create()
        form = form.replace(made["@odata.etag"].strip('"'), entity["@odata.etag"].strip('"'))
        assert user.delete(entity["id"], headers={"If-Match": form}).status == 204, form


def test_if_match_that_does_not(user, made):
    for form in others(made["@odata.etag"]):
        for answer in (user.patch(made["id"], {"isCurrent": False}, headers={"If-Match": form}),
                       user.patch(made["id"], {}, headers={"If-Match": form}),
                       user.delete(made["id"], headers={"If-Match": form}),
                       user.get(made["path"], headers={"If-Match": form})):
            assert answer.status == 412, form
            assert answer.error["code"] == "ResourceModified"
            assert answer.error["target"] == "If-Match"
    assert user.read(made["id"])["@odata.etag"] == made["@odata.etag"]


@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
def test_malformed_etags(user, made, name):
    for form in MALFORMED:
        for answer in (user.patch(made["id"], {"isCurrent": False}, headers={name: form}),
                       user.delete(made["id"], headers={name: form}),
                       user.get(made["path"], headers={name: form})):
            assert answer.status == 400, form
            assert answer.error["target"] == name
    assert user.read(made["id"])["@odata.etag"] == made["@odata.etag"]


def test_if_match_without_a_resource(user, made):
    user.delete(made["id"])
    for form in ("*", made["@odata.etag"]):
        assert user.patch(made["id"], {}, headers={"If-Match": form}).status == 404
        assert user.delete(made["id"], headers={"If-Match": form}).status == 404


def test_an_old_etag(user, made):
    user.patch(made["id"], {"isCurrent": False})
    for answer in (user.patch(made["id"], {}, headers={"If-Match": made["@odata.etag"]}),
                   user.delete(made["id"], headers={"If-Match": made["@odata.etag"]})):
        assert answer.status == 412


def test_not_modified(user, made):
    plain, token = user.get(made["path"]), made["@odata.etag"].strip('"')
    for form in forms(made["@odata.etag"]):
        answer = user.get(made["path"], headers={"If-None-Match": form})
        assert answer.status == 304 and answer.content == b"", form
        for name in ("Cache-Control", "OData-Version"):
            assert answer.headers[name] == plain.headers[name], form
        assert plain.varies_by <= answer.varies_by
        named = [tag.strip() for tag in form.split(",") if token in tag] or [plain.headers["ETag"]]
        assert [answer.headers["ETag"]] == named, form  # the form that the client knows
        assert answer.headers["request-id"]
        assert user.request("HEAD", made["path"], headers={"If-None-Match": form}).status == 304
    for form in others(made["@odata.etag"]):
        answer = user.get(made["path"], headers={"If-None-Match": form})
        assert answer.status == 200 and answer.content == plain.content, form


def test_if_none_match_forbids_writes(user, made):
    for form in forms(made["@odata.etag"]):
        for answer in (user.patch(made["id"], {}, headers={"If-None-Match": form}),
                       user.delete(made["id"], headers={"If-None-Match": form})):
            assert answer.status == 412 and answer.error["target"] == "If-None-Match", form
            assert "excludes" in answer.error["message"]
    assert user.patch(made["id"], {}, headers={"If-None-Match": WRONG}).status == 200
    assert user.delete(made["id"], headers={"If-None-Match": WRONG}).status == 204


UNTAGGED = ["/me/profile/positions", "/me/profile/positions?$filter=isCurrent", "/me/profile/positions/$count", "/",
            "/$metadata"]


@pytest.mark.parametrize("path", UNTAGGED)
def test_no_etag_matches_what_has_none(user, made, path):
    for form, status in ((made["@odata.etag"], 412), ('""', 412), (WRONG, 412), ("*", 200), ("x", 400)):
        answer = user.get(path, headers={"If-Match": form})
        assert answer.status == status and (status == 200 or answer.error["target"] == "If-Match"), form
    for form, status in ((made["@odata.etag"], 200), ("*", 200), ("x", 400)):
        assert user.get(path, headers={"If-None-Match": form}).status == status, form


@pytest.mark.parametrize("path", ["/me/profile/positions", "/me/profile/positions/$ref"])
def test_conditions_of_a_creation(user, path):
    """The target is the collection, which exists and has no ETag."""
    for name, form, status in (("If-Match", WRONG, 412), ("If-Match", '""', 412), ("If-None-Match", "*", 412),
                               ("If-Match", "x", 400), ("If-None-Match", "x", 400)):
        assert user.refused(status, {}, path, headers={name: form}).error["target"] == name
    for name, form in (("If-Match", "*"), ("If-None-Match", WRONG)):
        assert user.post({}, path, headers={name: form}).status == 201
    # The request would be refused without the condition, too (RFC 9110 13.2.1).
    assert user.refused(400, {"x": 1}, path, headers={"If-Match": WRONG}).error["target"] == "$.x"


def test_conditions_by_date_do_not_count(user, made):
    """No answer has a Last-Modified (RFC 9110 13.1.3, 13.1.4)."""
    assert "Last-Modified" not in user.get(made["path"]).headers
    for name in ("If-Modified-Since", "If-Unmodified-Since"):
        for date in ("Sat, 29 Oct 1994 19:43:31 GMT", "Thu, 29 Oct 2099 19:43:31 GMT", "x"):
            assert user.get(made["path"], headers={name: date}).status == 200
            assert user.patch(made["id"], {"isCurrent": True}, headers={name: date}).status == 200


def test_the_order_of_conditions(user, made):
    """RFC 9110 13.2.2: If-Match comes first, and a tag overrides a date."""
    etag = made["@odata.etag"]
    for headers, status in (
            ({"If-Match": WRONG, "If-None-Match": etag}, 412), ({"If-Match": etag, "If-None-Match": etag}, 304),
            ({"If-Match": etag, "If-None-Match": WRONG}, 200), ({"If-Match": "*", "If-None-Match": "*"}, 304),
            ({"If-None-Match": WRONG, "If-Modified-Since": "Thu, 29 Oct 2099 19:43:31 GMT"}, 200),
            ({"If-None-Match": etag, "Range": "bytes=0-1"}, 304), ({"If-Match": WRONG, "Range": "bytes=0-1"}, 412)):
        assert user.get(made["path"], headers=headers).status == status, headers
    for headers, status, target in (({"If-Match": WRONG, "If-None-Match": etag}, 412, "If-Match"),
                                    ({"If-Match": etag, "If-None-Match": etag}, 412, "If-None-Match")):
        for answer in (user.patch(made["id"], {}, headers=headers), user.delete(made["id"], headers=headers)):
            assert answer.status == status and answer.error["target"] == target, headers


VARIES = {"accept", "authorization", "cookie", "odata-maxversion", "prefer"}


def test_negotiated_answers_have_vary(user, made):
    for path in (made["path"], "/me/profile/positions", "/$metadata"):
        assert user.get(path).varies_by == VARIES, path
        assert user.get(path, root="/deflate").varies_by == VARIES | {"accept-encoding"}, path


def test_a_round_trip_through_compression(user):
    """mod_deflate changes the ETag; the module must recognize the changed form."""
    entity = user.create({"detail": {"summary": "x" * 2000}})
    path = f"/me/profile/positions/{entity['id']}"
    through = {"root": "/deflate"}
    packing = {"Accept-Encoding": "gzip"}
    packed = user.get(path, headers=packing, **through)
    etag = packed.headers["ETag"]
    assert packed.headers["Content-Encoding"] == "gzip"
    assert etag == entity["@odata.etag"][:-1] + '-gzip"'

    again = user.get(path, headers={**packing, "If-None-Match": etag}, **through)
    assert again.status == 304 and again.content == b""
    assert again.headers["ETag"] == etag

    changed = user.request("PATCH", path, {"isCurrent": True}, headers={"If-Match": etag}, **through)
    assert changed.status == 200
    assert user.request("DELETE", path, headers={"If-Match": etag}, **through).status == 412
    assert user.get(path, headers={**packing, "If-None-Match": etag}, **through).status == 200
    etag = user.get(path, headers=packing, **through).headers["ETag"]
    assert user.request("DELETE", path, headers={"If-Match": etag}, **through).status == 204
    assert user.get(path).status == 404


def test_a_304_varies_as_what_it_confirms(user, made):
    """RFC 9110 15.4.5. mod_deflate does not handle an answer without a body."""
    packed = user.get(made["path"], root="/deflate", headers={"Accept-Encoding": "gzip"})
    again = user.get(made["path"], root="/deflate", headers={
        "Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]})
    assert again.status == 304
    assert again.varies_by == packed.varies_by == VARIES | {"accept-encoding"}
