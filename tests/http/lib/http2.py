# SPDX-License-Identifier: Apache-2.0
"""requests over HTTP/2 in clear text, by prior knowledge, so that the tests can run over it."""

import httpx
import requests


class Http2Adapter(requests.adapters.BaseAdapter):
    """Sends the requests of `requests` over HTTP/2 only, each on a separate connection, because httpx would
    send on a connection that has ended in the meantime."""

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        headers = [(name, value.encode("latin-1") if isinstance(value, str) else value)
                   for name, value in request.headers.items()
                   if name.lower() not in ("connection", "content-length")]
        with httpx.Client(http1=False, http2=True, trust_env=False, verify=False) as client:  # no TLS: load no CAs
            try:
                got = client.send(httpx.Request(
                    request.method, request.url, headers=headers, content=request.body,
                    extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout)}))
            except httpx.TimeoutException as error:
                raise requests.Timeout(error, request=request) from error
            except httpx.TransportError as error:
                raise requests.ConnectionError(error, request=request) from error
        assert got.http_version == "HTTP/2"
        answer = requests.Response()
        answer.status_code = got.status_code
        answer.headers = requests.structures.CaseInsensitiveDict(got.headers)
        answer._content = got.content
        answer.url, answer.request = request.url, request
        return answer

    def close(self):
        pass
