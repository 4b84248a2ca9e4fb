# SPDX-License-Identifier: Apache-2.0
"""Batches in multipart/mixed: writes them, sends them, and reads the answers with Python's own MIME parser."""

import email.parser
import email.policy
import http
import json
from typing import List, Optional

from lib.client import POSITIONS

CRLF = "\r\n"


def request(method: str, url: str = POSITIONS[1:], body=None, id: Optional[str] = None, headers: Optional[dict] = None) -> str:
    """A part with a request. @param body  an object, sent as JSON; a text, sent as it is"""
    headers = {**({"Content-Type": "application/json"} if body is not None else {}), **(headers or {})}
    return CRLF.join([
        "Content-Type: application/http", "Content-Transfer-Encoding: binary", *([f"Content-ID: {id}"] if id is not None else []), "",
        f"{method} {url} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "",
        body if isinstance(body, str) else json.dumps(body) if body is not None else ""])


def joined(parts, boundary: str = "batch_1") -> str:
    return "".join(f"--{boundary}{CRLF}{part}{CRLF}" for part in parts) + f"--{boundary}--{CRLF}"


def change_set(*parts, boundary: str = "changeset_1") -> str:
    return f"Content-Type: multipart/mixed; boundary={boundary}{CRLF}{CRLF}{joined(parts, boundary)}"


def send(user, text, boundary: str = "batch_1", headers: Optional[dict] = None, **options):
    """Send a body with `boundary` in its Content-Type."""
    return user.request("POST", "/$batch", data=text if isinstance(text, bytes) else text.encode(),
                        headers={"Content-Type": f"multipart/mixed; boundary={boundary}", **(headers or {})}, **options)


# httpd's, where Python 3.13 has those of RFC 9110.
PHRASES = {"413": "Request Entity Too Large", "414": "Request-URI Too Long", "416": "Requested Range Not Satisfiable",
           "422": "Unprocessable Entity"}


class Response:
    """The response to a request in a batch."""

    def __init__(self, part):
        assert part["Content-Transfer-Encoding"] == "binary"
        head, _, self.content = part.get_payload(decode=True).partition(b"\r\n\r\n")
        line, *fields = head.decode().split(CRLF)
        version, status, phrase = line.split(" ", 2)
        assert version == "HTTP/1.1" and phrase == PHRASES.get(status, http.HTTPStatus(int(status)).phrase), line
        self.status = int(status)
        self.id = part["Content-ID"]
        self.headers = dict(field.split(": ", 1) for field in fields)
        assert len(self.headers) == len(fields), "each header once"
        assert ("Content-Length" in self.headers) == ("Content-Type" in self.headers)
        assert int(self.headers.get("Content-Length", 0)) == len(self.content), (self.headers, self.content)

    @property
    def json(self):
        return json.loads(self.content)

    @property
    def error(self):
        assert self.status >= 400 and self.headers["Content-Type"] == "application/json"
        return self.json["error"]


def read(answer) -> List:
    """The responses in an answer; those to a change set are a list."""
    assert answer.status == 200, answer.content
    type_line = f"Content-Type: {answer.headers['Content-Type']}{CRLF}{CRLF}".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(type_line + answer.content)
    assert message.get_content_type() == "multipart/mixed" and message.is_multipart() and not message.defects
    parts = []
    for part in message.iter_parts():
        nested = part.get_content_type() == "multipart/mixed"
        for one in part.iter_parts() if nested else [part]:
            assert one.get_content_type() == "application/http" and not one.defects
        parts.append([Response(one) for one in part.iter_parts()] if nested else Response(part))
    return parts


def batch(user, *parts, continues: bool = True, **options) -> List:
    """Send a batch of these parts and return the responses; by default it continues after errors."""
    headers = {"Prefer": "continue-on-error", **options.pop("headers", {})} if continues else options.pop("headers", {})
    return read(send(user, joined(parts), headers=headers, **options))
