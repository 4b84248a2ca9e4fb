# SPDX-License-Identifier: Apache-2.0
"""The requests and statements of `make bench` fit the module."""

import json
import subprocess

import pytest
from bench import ways
from bench.ways import ARGUMENTS, WAYS, Bench


@pytest.fixture(scope="module")
def bench(state, module):
    if module.parent != ways.BUILD:
        pytest.skip("`make bench` measures the module without instruments")
    with Bench(state / "bench", 1, 25, 4) as bench:
        yield bench


@pytest.mark.parametrize("name", [name for name, way in WAYS.items() if way.path])
def test_a_request_of_the_benchmark(bench, name):
    answer = bench.try_once(WAYS[name])
    if name == "constant":
        assert answer
    elif name == "bare_list":
        assert len(json.loads(b"[" + answer + b"]")) == WAYS[name].owners[2]
    elif "batch" in name:
        assert {response["status"] for response in json.loads(answer)["responses"]} <= {200, 201}
    else:
        entities = json.loads(answer).get("value", [{}])
        assert len(entities) == {"list": 5, "list20": 20, "filter": 1, "orderby": 5}.get(name, 1)


@pytest.mark.parametrize("label", ARGUMENTS)
def test_a_statement_of_pgbench_has_its_arguments(module, label):
    listed = subprocess.run([module.parent / "bench" / "statements"], capture_output=True, text=True, check=True).stdout
    [text] = [line.split("\t", 1)[1] for line in listed.splitlines() if line.startswith(label + "\t")]
    assert text.count("%pDt") == len(ARGUMENTS[label])
