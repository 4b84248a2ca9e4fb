# SPDX-License-Identifier: Apache-2.0
"""An unmodified OpenUI5 in Chromium: its OData model reads $metadata and works with positions."""

import json
import shutil
from urllib.parse import quote

from lib.browser import Site, open_in_chromium
from lib.server import ROOT

CLIENT = ROOT / "tests" / "clients" / "openui5"
LIBRARY = CLIENT / "node_modules" / "@openui5" / "sap.ui.core" / "src"


DIRECT = [["GET", 200]] * 4 + [["PATCH", 200], ["GET", 200], ["PATCH", 412], ["POST", 201], ["DELETE", 204]]


def test_a_page_of_openui5(user, other, tmp_path):
    """Needs GraphProfileMetadata flat: with base types, the model finds no key and cannot change anything. In its default
    group, it sends everything but $metadata in batches of multipart/mixed: one change without a change set, and several at
    once as a change set, of which none is executed."""
    assert LIBRARY.is_dir(), "the library is missing: make clients installs it"
    pages = user.server.httpd.public / "htdocs" / "ui5"
    shutil.copytree(LIBRARY, pages / "resources")
    for page in ("page.html", "page.js"):
        shutil.copy(CLIENT / page, pages)
    site = Site("")
    runs = [{"user": user, "made": create_four(user), "group": "$direct"}, {"user": other, "made": create_four(other), "group": None}]
    told = {"service": "/flat", "report": f"http://127.0.0.1:{site.server.server_port}/",
            "runs": [{"token": one["user"].token, "group": one["group"]} for one in runs]}
    try:
        found = open_in_chromium(f"{user.server.url}/ui5/page.html#{quote(json.dumps(told))}", site, tmp_path / "browser")
    finally:
        site.close()
        shutil.rmtree(pages)
    assert "error" not in found, found
    direct, batched = found["results"]
    look_at(user, runs[0]["made"], direct["steps"])
    assert direct["sent"] == DIRECT
    assert batched["steps"][-2:] == [["at once", [4, 3]], ["several", [["rejected", 501], ["rejected", 501]]]]
    look_at(other, runs[1]["made"], batched["steps"][:-2])
    assert batched["sent"] == [DIRECT[0], *([method, 200] for method, _ in DIRECT[1:]), ["GET GET", 200], ["PATCH PATCH", 200]]


def create_four(user):
    user.root = "/flat"
    return [user.create({"detail": {"layer": number}, "isCurrent": number != 2})["id"] for number in range(4)]


def look_at(user, made, steps):
    assert steps == [
        ["types", "Edm.Boolean", "Edm.DateTimeOffset", ["id"]],
        ["list", [0, 1, 2, 3], 4],
        ["path", f"/me/profile/positions('{made[0]}')"],
        ["filter", [1, 3]],
        ["change", "changed in UI5", "string"],
        ["refresh", "changed in UI5", 0],
        ["late", 412, "ResourceModified"],
        ["create", True, "organization"],
        ["count", 4]]
    rows = {row[0]: json.loads(row[1]) for row in user.rows("id::text, document::text")}
    assert set(made) - set(rows) == {made[2]} and len(rows) == 4
    assert rows[made[0]]["detail"] == {**rows[made[1]]["detail"], "layer": 0, "jobTitle": "changed in UI5"}
    assert rows[made[0]]["isCurrent"] is True
