# SPDX-License-Identifier: Apache-2.0
"""OData's grammar and JSON by the letter: each spelling that is legal is taken, what is legal and not
there is 501 and named, what is illegal is 400 or 404 with the reason."""

import uuid

import pytest

# ---- paths ----


@pytest.mark.parametrize("key", [
    "()", "('')", "(id)", "(id='')", "(id ='{}')", "(id= '{}')", "( '{}')", "('{}' )", "(name='{}')",
    "(id='{}',id='{}')", "(id='{}',name='x')", "(id={})", "({})", "(@p)?@p='{}'", "(id='{}'')"])
def test_parentheses_hold_a_key(user, key):
    key = key.replace("{}", user.create({})["id"]).replace(" ", "%20")
    for method in ("GET", "PATCH", "DELETE"):
        answer = user.request(method, "/me/profile/positions" + key, {} if method == "PATCH" else None)
        assert answer.status == 404
        assert answer.error["message"].endswith("positions('..') or positions(id='..').")
    answer = user.get("/users" + key.replace("?", "/profile/positions?") + "/profile/positions")
    assert answer.status == 404 and answer.error["message"].endswith("users('..') or users(id='..').")
