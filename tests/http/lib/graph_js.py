# SPDX-License-Identifier: Apache-2.0
"""Runs the scripts in tests/clients/graph-js: Microsoft's own client, over TLS, as a given user."""

import os
import subprocess
from pathlib import Path

from lib.client import TIMEOUT

SCRIPTS = Path(__file__).resolve().parents[2] / "clients" / "graph-js"


def start(script: str, user) -> subprocess.Popen:
    """Start the script with the root of the user."""
    return _node([script], user)


def start_module(text: str, user) -> subprocess.Popen:
    """Start an ECMAScript module from a text."""
    return _node(["--input-type=module", "--eval", text], user)


def _node(arguments: list, user) -> subprocess.Popen:
    assert (SCRIPTS / "node_modules").is_dir(), "the client is missing: make clients installs it"
    httpd = user.server.httpd
    return subprocess.Popen(
        ["node", *arguments], cwd=SCRIPTS, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={"PATH": os.environ["PATH"], "NODE_EXTRA_CA_CERTS": str(httpd.ca),
             "GRAPH_URL": httpd.tls_url, "GRAPH_ROOT": user.root.strip("/"),
             "GRAPH_TOKEN": user.token, "GRAPH_USER": user.id, "TOKEN": user.token})


def finish(process: subprocess.Popen) -> str:
    """The output of the script, after checking that it succeeded."""
    try:
        output = process.communicate(timeout=TIMEOUT)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        output = process.communicate()[0] + "\n(it did not come to an end)"
    assert process.returncode == 0, output
    return output.strip()
