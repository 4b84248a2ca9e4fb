# SPDX-License-Identifier: Apache-2.0
"""requests over HTTP/2 in clear text, by prior knowledge, so that the tests can run over it."""

import httpx
import requests


class Http2Adapter(requests.adapters.BaseAdapter):
    """What requests sends goes out as HTTP/2, and as nothing else."""

    def __init__(self):
        super().__init__()
        self.client = None

    def _send(self, request, timeout):
        if self.client is None:
            self.client = httpx.Client(http1=False, http2=True, trust_env=False)
        headers = [(name, value) for name, value in request.headers.items()
                   if name.lower() not in ("connection", "content-length")]
        return self.client.send(httpx.Request(
            request.method, request.url, headers=headers, content=request.body,
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), timeout)}))

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        try:
            try:
                got = self._send(request, timeout)
            except httpx.RemoteProtocolError as error:
                # A farewell to an idle connection, which the request had no part in (RFC 9113 section 6.8).
                if "ConnectionTerminated" not in str(error):
                    raise
                self.close()
                got = self._send(request, timeout)
        except httpx.TransportError as error:
            self.close()
            raise requests.ConnectionError(error, request=request) from error
        assert got.http_version == "HTTP/2"
        answer = requests.Response()
        answer.status_code = got.status_code
        answer.headers = requests.structures.CaseInsensitiveDict(got.headers)
        answer._content = got.content
        answer.url, answer.request = request.url, request
        return answer

    def close(self):
        if self.client is not None:
            self.client.close()
        self.client = None
