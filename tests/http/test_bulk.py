# SPDX-License-Identifier: Apache-2.0
"""docs/bulk.md: runs its commands in order, and checks its limits."""

import json
import os
import re
import subprocess
import uuid

from conftest import ROOT
from lib.program import Program

TEXT = (ROOT / "docs/bulk.md").read_text()
BLOCKS = re.findall(r"(?ms)^```(\w+)(?: (\S+))?\n(.*?)^```$", TEXT)


def test_the_commands_of_the_page(server, module, sanitizers, tmp_path):
    name = f"bulk_{uuid.uuid4().hex}"
    server.postgres.create_database(name)
    server.postgres.psql("INSERT INTO graphprofile.person VALUES ('b', 'bjensen@example.com')", name)
    program = Program(module, sanitizers)
    environment = {**program.environment, "PATH": f"{program.path.parent}:{os.environ['PATH']}",
                   "PGHOST": server.postgres.host, "PGDATABASE": name, "PGUSER": "graphprofile_import"}
    told = []
    for kind, file, text in BLOCKS:
        if kind == "sh":
            done = subprocess.run(["sh", "-eu", "-c", text], cwd=tmp_path, env=environment, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            assert done.returncode == 0, (text, done.stderr)
            told.append(done.stdout + done.stderr)
        else:
            (tmp_path / file).write_text(text)
    csv, graph, scim, wrong, _, _, forgotten = told
    assert "dry run, nothing was written: 2 lines: 2 created" in csv and "\n2 lines: 2 created, 0 changed" in csv
    assert "1 lines: 1 created" in graph and "1 lines: 1 created" in scim
    assert '{"line":1,"code":"TypeMismatch","target":"$.position.detail.layer"' in wrong
    printed = re.findall(r"(?m)^ {4}(line 1: .*|1 lines, 1 with problems)$", TEXT)
    assert len(printed) == 2 and set(printed) <= set(wrong.splitlines())
    exported = [json.loads(line) for line in (tmp_path / "everything.ndjson").read_text().splitlines()]
    assert {row["id"] for row in exported} > {"0e4bd6f0-6d0a-4b0c-8a2e-7a53f0b0c1d2"} and len(exported) == 4
    hr = [row for row in exported if row.get("source") == "hr"]
    for row in hr:
        name_of = "\0".join(["hr", row["owner"], row["externalId"]])
        assert row["id"] == str(uuid.uuid5(uuid.UUID("7c5ceb99-34b9-5761-93e9-864f836390fe"), name_of))
    assert len((tmp_path / "items.ndjson").read_text().splitlines()) == 3
    assert json.loads((tmp_path / "receipt.json").read_text())["positions"] == 2 and "positions 1" in forgotten
    assert server.postgres.psql("SELECT count(*) FROM graphprofile.position", name) == "1"
    server.postgres.psql(f"DROP DATABASE {name}", "postgres")


def test_a_csv_file_of_a_spreadsheet(tmp_path):
    """A byte order mark, CRLF and a blank line at the end change nothing."""
    text = next(text for _, file, text in BLOCKS if file == "positions.csv")
    convert = next(text for kind, _, text in BLOCKS if kind == "sh").split("graphprofile check")[0]
    made = []
    for content in text, "\ufeff" + text.replace("\n", "\r\n") + "\r\n":
        (tmp_path / "positions.csv").write_bytes(content.encode())
        subprocess.run(["sh", "-eu", "-c", convert], cwd=tmp_path, check=True)
        made.append((tmp_path / "positions.ndjson").read_text())
    assert made[0] == made[1] and [json.loads(line)["position"]["isCurrent"] for line in made[0].splitlines()] == [True, False]


def test_the_limits_of_the_page():
    """The limits of the page equal those of tools/bounds.h."""
    bounds = (ROOT / "tools/bounds.h").read_text() + (ROOT / "src/base/limits.h").read_text()
    numbers = dict(re.findall(r"(?m)^#define (GP_\w+) +(\d+)", bounds))
    table = TEXT.split("## Limits")[1]
    for name in ("GP_BODY_CEILING", "GP_LINE_CEILING", "GP_EXTERNAL_ID_MAX", "GP_SOURCE_MAX", "GP_ETAG_MAX",
                 "GP_CHUNK_DEFAULT", "GP_CHUNK_CEILING", "GP_CHUNK_BYTES_MAX", "GP_REMOVED_DEFAULT",
                 "GP_POSITIONS_DEFAULT"):
        assert re.search(rf"\b{numbers[name]}\b", table), name
    assert str(int(numbers["GP_DOCUMENT_BODIES"]) * int(numbers["GP_BODY_DEFAULT"])) in table
