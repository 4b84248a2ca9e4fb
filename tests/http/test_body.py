# SPDX-License-Identifier: Apache-2.0
"""The request body as bytes: text, size, encoding, transfer."""

import gzip
import json
import os
import time

import pytest
from lib.client import Raw
from test_limits import sized

SYNTAX = [
    # (body, line, column, offset)
    ('{"detail" 1}', 1, 11, 10),
    ('{"isCurrent": tru}', 1, 18, 17),
    ('{\n  "isCurrent": true,\n}', 3, 1, 23),
    ('{"isCurrent": true} x', 1, 21, 20),
    ('{"isCurrent": true}{}', 1, 20, 19),
    ("{'isCurrent': true}", 1, 2, 1),
    ('{"isCurrent": 01}', 1, 16, 15),
    ('{"isCurrent": NaN}', 1, 15, 14),
    ('{"a": 1 /* no */}', 1, 9, 8),
    ('{"categories": ["a\tb"]}', 1, 19, 18),
    ('{"isCurrent": true', 1, 19, 18),
    ('{"categories": ["open', 1, 22, 21),
    ("nonsense", 1, 2, 1),
]


@pytest.mark.parametrize("body, line, column, offset", SYNTAX, ids=[row[0] for row in SYNTAX])
def test_broken_json_is_placed(user, body, line, column, offset):
    answer = user.refused(400, data=body)
    detail = answer.error["details"][0]
    assert detail["code"] == "InvalidJson" and detail["target"] == "$"
    assert f"at line {line}, column {column} (offset {offset})." in detail["message"]


def test_a_place_far_into_the_body_is_right(user):
    body = '{"detail": {"summary": "' + "x" * 20000 + '"},\n\n"categories": [1 2]}'
    answer = user.refused(400, data=body)
    assert f"at line 3, column 18 (offset {body.index('2]')})" in answer.error["message"]


@pytest.mark.parametrize("body", ["", " \r\n\t "], ids=["empty", "white"])
def test_an_empty_body(user, body):
    answer = user.refused(400, data=body)
    assert answer.error["message"] == "Empty Payload. JSON content expected."


MANY = 200000  # more than the usual limit allows

NO_OBJECTS = {"array": "[]", "string": '"text"', "number": "5", "null": "null", "boolean": "true",
              "brackets": "[" * MANY, "closed brackets": "[" * MANY + "]" * MANY,
              "an object in brackets": "[" * MANY + "{"}


@pytest.mark.http1
@pytest.mark.parametrize("body", NO_OBJECTS.values(), ids=NO_OBJECTS.keys())
def test_the_top_must_be_an_object(user, body):
    answer = user.refused(400, data=body, root="/large")
    assert answer.error["target"] == "$"
    assert "microsoft.graph.workPosition" in answer.error["message"]


@pytest.mark.http1
@pytest.mark.parametrize("opener", ["[", '{"a":', '[{"a":'])
@pytest.mark.parametrize("start", ['{"createdBy":{"x":', '{"@ignored":', '{"unknown":', '{"detail":'])
def test_a_body_of_nested_arrays(user, start, opener):
    answer = user.refused(400, data=start + opener * (900000 // len(opener)), root="/large")
    assert "TooDeep" in [detail["code"] for detail in answer.error["details"]]


NOT_TEXT = {
    "lone high surrogate": rb'\ud800', "lone low surrogate": rb'\udc00',
    "reversed pair": rb'\udc00\ud800', "high and letter": rb'\ud800a',
    "high and other escape": rb'\ud800\u0041', "two highs": rb'\ud800\ud800',
    "high and newline": rb'\ud800\n', "nul": rb'\u0000', "overlong": b'\xc0\x80',
    "overlong slash": b'\xe0\x80\xaf', "surrogate bytes": b'\xed\xa0\x80', "too high": b'\xf4\x90\x80\x80',
    "f5": b'\xf5\x80\x80\x80', "lone continuation": b'\x80', "ff": b'\xff', "cut short": b'\xe2\x82',
    "latin-1": "Zoë".encode("latin-1"), "bad escape": rb'\u12g4',
}


@pytest.mark.parametrize("bad", NOT_TEXT.values(), ids=NOT_TEXT.keys())
def test_invalid_text_is_refused(user, bad):
    for body in (b'{"detail":{"jobTitle":"' + bad + b'"}}', b'{"createdBy":{"' + bad + b'":1}}',
                 b'{"@ignored":"' + bad + b'"}'):
        answer = user.refused(400, data=body)
        assert "(offset " in answer.error["message"]


def test_a_byte_order_mark_is_named(user):
    assert "byte order mark" in user.refused(400, data=b"\xef\xbb\xbf{}").error["message"]


@pytest.mark.parametrize("number", ["1e309", "-1e309", "1e400000", "1e-400000", "9" * 400,
                                    "0." + "1" * 1001])
def test_numbers_out_of_range(user, number):
    for body in ('{"inference":{"confidenceScore":%s}}', '{"createdBy":{"x":%s}}'):
        for root in ("/beta", "/relaxed"):
            assert len(user.refused(400, data=body % number, root=root).targets) == 1


@pytest.mark.parametrize("name", ["@odata.id", "@id"])
def test_a_reference_cannot_be_added(user, name):
    body = {name: "https://graph.microsoft.com/beta/me/profile/positions/1"}
    answer = user.refused(400, body, path="/me/profile/positions/$ref")
    assert answer.error["target"] == "$['@odata.id']" and "contained" in answer.error["message"]
    assert user.post({**body, "isCurrent": True}, "/me/profile/positions/$ref").status == 201


# ---- size ----

def test_a_huge_body_is_not_read(user):
    with Raw(user.server) as raw:
        answer = raw.start_post(user, "Content-Length: 900000000").answer()
    assert answer.status == 413 and answer.error


def test_blocks_meet_anywhere(user):
    """Escapes and multi-byte characters are read correctly wherever a block ends."""
    text = "é😀日\\\"\u0001" * 50
    for shift in range(12):
        body = json.dumps({"detail": {"summary": "x" * (8192 - 30 + shift) + text}},
                          ensure_ascii=shift % 2 == 0)
        assert user.post(data=body.encode()).json["detail"]["summary"].endswith(text)


@pytest.mark.parametrize("text", ["x", "é", "😀", '\\"\\\\', "\\ud83d\\ude00"])
def test_one_byte_chunks(user, text):
    """The largest number of chunks, with every character and escape split at every byte."""
    body = '{"detail":{"summary":"%s"}}' % (text * (65000 // len(text.encode())))
    sent = b"".join(b"1\r\n%c\r\n" % byte for byte in body.encode()) + b"0\r\n\r\n"
    with Raw(user.server) as raw:
        answer = raw.start_post(user, "Transfer-Encoding: chunked").send(sent).answer()
    assert answer.status == 201
    assert answer.json["detail"]["summary"] == json.loads(body)["detail"]["summary"]


@pytest.mark.measures_time
def test_large_bodies_take_linear_time(user):
    """Also if the body is a single text, which spans all blocks."""
    def seconds(times, text):
        def once():
            started = time.monotonic()
            for _ in range(times):
                assert user.post(data=text, root="/large").status == 201
            return time.monotonic() - started
        return min(once() for _ in range(3))
    large, small = ('{"detail":{"summary":"%s"}}' % ("\\n" * n) for n in (496000, 31000))
    took, expected = seconds(1, large), seconds(16, small)
    assert took < 4 * expected


# ---- encodings and types ----

@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, identity", "nonsense"])
def test_an_encoding_that_nothing_decodes(user, encoding):
    answer = user.refused(415, data=gzip.compress(b"{}"), headers={"Content-Encoding": encoding})
    assert answer.error["target"] == "Content-Encoding"
    assert answer.headers["Accept-Encoding"] == "identity"


def test_an_encoding_that_a_filter_decodes(user):
    packed = gzip.compress(b'{"isCurrent":true}')
    headers = {"Content-Encoding": "gzip"}
    answer = user.post(data=packed, headers=headers, root="/inflate")
    assert answer.status == 201 and answer.json["isCurrent"] is True
    large = '{"detail":{"summary":"%s"}}' % os.urandom(35000).hex()
    user.refused(413, data=gzip.compress(large.encode()), headers=headers, root="/inflate")
    user.server.log.expect("AH02648: Inflated content length")
    user.server.log.expect("AH02649: Inflated content ratio")
    user.refused(413, data=gzip.compress(large.encode()), headers=headers, root="/inflate-little")
    answer = user.refused(413, data=gzip.compress(sized(1000000).encode()), headers=headers, root="/inflate")
    assert answer.error["code"] == "RequestEntityTooLarge" and "expands" in answer.error["message"]
    assert answer.error["target"] == "Content-Encoding"
    assert user.post({}, headers={"Content-Encoding": "identity"}).status == 201


@pytest.mark.http1
def test_a_malformed_body_is_not_reported_as_too_large(user):
    """Malformed trailers after an encoded body, and a malformed encoding."""
    packed = gzip.compress(b'{"isCurrent":true}')
    coded = ("Transfer-Encoding: chunked", "Content-Encoding: gzip")
    with Raw(user.server) as raw:
        raw.start_post(user, *coded, root="/inflate")
        raw.send(b"%x\r\n%s\r\n0\r\nno trailer\r\n\r\n" % (len(packed), packed))
        assert raw.answer().status == 400
    user.server.log.allow("AH01394: Zlib")
    broken = packed[:-6] + b"x" + packed[-5:]
    answer = user.refused(400, data=broken, headers={"Content-Encoding": "gzip"}, root="/inflate")
    assert "its encoding does not match the headers" in answer.error["message"]


TAKEN = ["application/json", "application/json; charset=utf-8", "Application/JSON;CHARSET=\"UTF-8\"",
         "application/json;odata.metadata=minimal;IEEE754Compatible=true", "application/json ;"]
REFUSED = [None, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonx",
           "application/*", "json", "application/json; charset=utf-16", "application/json garbage",
           "multipart/form-data; boundary=application/json", "application/json-patch+json"]


@pytest.mark.parametrize("media", TAKEN)
def test_media_types_that_are_taken(user, media):
    assert user.post({}, headers={"Content-Type": media}).status == 201


@pytest.mark.parametrize("media", REFUSED)
def test_media_types_that_are_refused(user, media):
    answer = user.refused(415, {}, headers={"Content-Type": media})
    assert answer.error["target"] == "Content-Type"


# ---- transfer ----

def test_a_truncated_body(user):
    with Raw(user.server) as raw:
        raw.start_post(user, "Content-Length: 100").send(b'{"isCurrent": true}')
        raw.socket.shutdown(1)
        answer = raw.answer()
    assert answer.status == 400 and "incomplete" in answer.error["message"]
    assert user.rows() == []


@pytest.mark.parametrize("end", [b"", b"5\r\n{", b"zz\r\n", b"2\r\n{}\r\n"])
def test_a_truncated_chunked_body(user, end):
    with Raw(user.server) as raw:
        raw.start_post(user, "Transfer-Encoding: chunked").send(b"2\r\n  \r\n" + end)
        raw.socket.shutdown(1)
        answer = raw.answer()
    assert answer.status == 400 and answer.error
    assert user.rows() == []


def test_a_slow_body(user):
    with Raw(user.server) as raw:
        raw.start_post(user, "Content-Length: 100").send(b"{")
        answer = raw.answer()
    assert answer.status == 408 and answer.error["code"] == "RequestTimeout"
    assert user.rows() == []


def test_expect_continue(user):
    with Raw(user.server) as raw:
        raw.start_post(user, "Content-Length: 2", "Expect: 100-continue")
        assert raw.file.readline().startswith(b"HTTP/1.1 100")
        raw.file.readline()
        assert raw.send(b"{}").answer().status == 201


ONE = "/me/profile/positions/17a809a9-09a9-17a8-a909-a817a909a817"
NEVER_READ = [
    # status, method, path, header
    (413, "POST", "/me/profile/positions", "Content-Length: 70000"),
    (415, "POST", "/me/profile/positions", "Content-Type: text/plain"),
    (401, "POST", "/me/profile/positions", "Authorization: Bearer x"),
    (403, "POST", "/users/somebody/profile/positions", "X: y"),
    (404, "POST", "/me/profile/positions/$nonsense", "X: y"),
    (405, "PUT", "/me/profile/positions", "X: y"),
    (400, "PATCH", ONE, "If-Match: nonsense"),
    (400, "POST", "/me/profile/positions?$top=1", "X: y"),
    (406, "POST", "/me/profile/positions", "Accept: text/html"),
]


@pytest.mark.parametrize("status, method, path, header", NEVER_READ, ids=[str(row[0]) for row in NEVER_READ])
def test_no_upload_is_requested_that_would_be_refused(user, status, method, path, header):
    lines = {"Host": "x", "Authorization": f"Bearer {user.token}", "Content-Type": "application/json",
             "Content-Length": "2", "Expect": "100-continue", **dict([header.split(": ")])}
    with Raw(user.server) as raw:
        raw.send((f"{method} /beta{path} HTTP/1.1\r\n"
                  + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n").encode())
        assert raw.answer().status == status  # and not 100


def test_a_connection_serves_many_requests(user):
    with Raw(user.server) as raw:
        for body in (b"{}", b'{"isCurrent":true}', b"{}"):
            raw.start_post(user, f"Content-Length: {len(body)}").send(body)
            assert raw.answer().status == 201
    assert len(user.rows()) == 3
