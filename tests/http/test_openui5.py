# SPDX-License-Identifier: Apache-2.0
"""An unmodified OpenUI5 in Chromium: its OData model reads $metadata and works with positions."""

import json
import shutil
from urllib.parse import quote

from lib.browser import Site, open_in_chromium
from lib.server import ROOT

CLIENT = ROOT / "tests" / "clients" / "openui5"
LIBRARY = CLIENT / "node_modules" / "@openui5" / "sap.ui.core" / "src"


def test_a_page_of_openui5(user, tmp_path):
    """Needs GraphProfileMetadata flat: with base types, the model finds no key and cannot change anything."""
    assert LIBRARY.is_dir(), "the library is missing: make clients installs it"
    pages = user.server.httpd.public / "htdocs" / "ui5"
    shutil.copytree(LIBRARY, pages / "resources")
    for page in ("page.html", "page.js"):
        shutil.copy(CLIENT / page, pages)
    user.root = "/flat"
    made = [user.create({"detail": {"layer": number}, "isCurrent": number != 2})["id"] for number in range(4)]
    site = Site("")
    try:
        told = {"service": "/flat", "token": user.token, "report": f"http://127.0.0.1:{site.server.server_port}/"}
        found = open_in_chromium(f"{user.server.url}/ui5/page.html#{quote(json.dumps(told))}", site, tmp_path / "browser")
    finally:
        site.close()
        shutil.rmtree(pages)
    assert "error" not in found, found
    assert found["steps"] == [
        ["types", "Edm.Boolean", "Edm.DateTimeOffset", ["id"]],
        ["list", [0, 1, 2, 3], 4],
        ["path", f"/me/profile/positions('{made[0]}')"],
        ["filter", [1, 3]],
        ["change", "changed in UI5", "string"],
        ["refresh", "changed in UI5", 0],
        ["late", 412, "ResourceModified"],
        ["create", True, "organization"],
        ["count", 4]]
    assert found["sent"] == [["GET", 200]] * 4 + [["PATCH", 200], ["GET", 200], ["PATCH", 412], ["POST", 201],
                                                  ["DELETE", 204]]
    rows = {row[0]: json.loads(row[1]) for row in user.rows("id::text, document::text")}
    assert set(made) - set(rows) == {made[2]} and len(rows) == 4
    assert rows[made[0]]["detail"] == {**rows[made[1]]["detail"], "layer": 0, "jobTitle": "changed in UI5"}
    assert rows[made[0]]["isCurrent"] is True
