# SPDX-License-Identifier: Apache-2.0
"""Chromium, and a web site that serves it a page and receives the results of the page."""

import json
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lib.client import wait_until


class Site:
    """Serves one page to a browser and receives the results of its script."""

    def __init__(self, page: str):
        site = self
        self.result = None

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(page.encode())

            def do_POST(self):
                site.result = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.answer(b"")

            def answer(self, content):
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def open_in_chromium(url, site, folder):
    """Open a page whose host is `site`, and return the results of its script."""
    program = shutil.which("chromium")
    browser = subprocess.Popen(
        [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--no-proxy-server", "--remote-debugging-port=0",
         f"--host-resolver-rules=MAP *.example 127.0.0.1:{site.server.server_port}",
         f"--user-data-dir={folder}", url],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: site.result is not None, 150)
        return site.result
    finally:
        browser.terminate()
        browser.wait(60)
