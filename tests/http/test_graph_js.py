# SPDX-License-Identifier: Apache-2.0
"""An unmodified Microsoft Graph JavaScript client over TLS; test_outage.py tests its retries."""

import json
import re

import pytest
from lib import graph_js
from lib.server import ROOT


def run(script, user, root="/beta"):
    user.root = root
    return graph_js.finish(graph_js.start(script, user))


def test_the_snippet_of_the_readme(user):
    """The printed snippet, with another port."""
    [snippet] = re.findall(r"(?ms)^```js\n(.*?)^```$", (ROOT / "README.md").read_text())
    printed = "https://127.0.0.1:8443"
    assert snippet.count(printed) == 1
    graph_js.finish(graph_js.start_module(snippet.replace(printed, user.server.httpd.tls_url), user))
    [(document,)] = user.rows("document::text")
    assert json.loads(document)["isCurrent"] is True


def test_create_read_change_delete(user):
    kept = run("lifecycle.js", user)
    rows = user.rows("id::text, document::text")
    assert len(rows) == 2 and rows[0][0] == kept
    assert json.loads(rows[0][1])["detail"]["company"]["address"]["city"] == "Bern"


def test_pages_and_queries(user):
    assert run("list.js", user, "/paged") == "10"
    assert len(user.rows()) == 10


@pytest.mark.parametrize("root", ["/beta", "/top-page"])
def test_the_page_iterator_follows_top(user, root):
    assert run("top.js", user, root) == "7"


@pytest.mark.parametrize("root, shown", [("/beta", "4"), ("/paged", "3")])
def test_the_person_card_of_the_toolkit(user, root, shown):
    """Its request and what it reads of the answer; $expand and pages by the same client."""
    assert run("profile.js", user, root) == shown


def test_errors(user):
    kept = run("errors.js", user)
    assert user.rows() == [(kept,)]


def test_the_batch_classes_of_the_client(user):
    kept = run("batch.js", user)
    assert [row[0] for row in user.rows()] == [kept]


@pytest.mark.parametrize("script, positions", [("batch-kiota.js", 25), ("batch-pnp.js", 1)])
def test_batches_of_other_clients(user, script, positions):
    """The core of Microsoft's generated TypeScript clients, and PnPjs."""
    assert int(run(script, user)) == positions == len(user.rows())
