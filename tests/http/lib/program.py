# SPDX-License-Identifier: Apache-2.0
"""The command line program, as an administrator calls it."""

import json
import os
import subprocess
from pathlib import Path
from typing import List, NamedTuple

from dev.postgres import DATABASE

SOURCE = "import"  # of lines that name none


class Outcome(NamedTuple):
    """The output and the status of a call."""
    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict:
        return json.loads(self.stdout)

    @property
    def problems(self) -> List[dict]:
        """The problems in the lines (--json)."""
        return [json.loads(line) for line in self.stderr.splitlines() if line.startswith("{")]

    @property
    def counts(self) -> dict:
        """The summary of an import (--json), without the parts that differ between equal runs."""
        return {name: value for name, value in self.json.items() if name not in ("seconds", "dryRun")}


def line(owner, external_id=None, position=None, **members) -> str:
    """A line of an import."""
    members = {"owner": owner, "externalId": external_id, **members,
               "position": {} if position is None else position}
    return json.dumps({name: value for name, value in members.items() if value is not None}) + "\n"


class Program:
    def __init__(self, module: Path, environment: dict, postgres=None, database: str = DATABASE):
        self.path = module.parent / "graphprofile"
        self.environment = {**os.environ, **environment, "LC_ALL": "C.UTF-8"}
        self.environment.pop("LD_PRELOAD", None)  # for httpd; the program is not built with sanitizers
        self.dsn = f"host={postgres.host} dbname={database} user=graphprofile_import" if postgres else None

    def arguments(self, command: str, *arguments: str) -> list:
        dsn = ["--dsn", self.dsn] if self.dsn and command != "check" else []
        return [self.path, command, *dsn, *arguments]

    def run(self, command: str, *arguments: str, lines="", expect=(0,)) -> Outcome:
        """Call it. `lines` is its standard input, text or bytes; `expect` lists the valid statuses."""
        data = lines if isinstance(lines, bytes) else "".join(lines).encode()
        done = subprocess.run(self.arguments(command, *arguments), input=data, env=self.environment,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        outcome = Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert outcome.status in expect, outcome
        return outcome

    def load(self, lines, *arguments: str, expect=(0,)) -> dict:
        """Import lines, and return the counts."""
        return self.run("import", "--json", *arguments, lines=lines, expect=expect).counts

    def start(self, command: str, *arguments: str, **options) -> subprocess.Popen:
        return subprocess.Popen(self.arguments(command, *arguments), env=self.environment, **options)
