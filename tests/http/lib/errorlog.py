# SPDX-License-Identifier: Apache-2.0
"""The error_log for tests: unexpected lines are failures."""

import re
import time
import weakref
from pathlib import Path
from typing import List

# Lines of other modules about requests that tests send on purpose.
OTHERS = re.compile(
    r"\[(auth_openidc|oauth2):(error|warn)\]"  # missing, forged and expired tokens ..
    r"|AH01629: authorization failure|AH02039: Certificate Verification"
    r"|AH01631: user .*: authorization failure"
    r"|AH01614: client used wrong authentication scheme|AH01617: user .*: authentication failure|AH01618: user .* not found"
    r"|AH01630: client denied by server configuration"
    r"|AH10244: invalid URI path"
    # A busy machine: httpd's MPM has no thread left for the next connection.
    r"|AH00544: server .* MaxRequestWorkers|\[mpm_\w+:error\] .*"
    r"(server (reached|is within MinSpareThreads of) MaxRequestWorkers|scoreboard is full)"
)
# AH00051 and AH00052, which are notices: a child has crashed.
CRASH = r"child pid \d+ exit signal"
SERIOUS = re.compile(rf"\[[a-z_0-9]*:(emerg|alert|crit|error|warn)\]|{CRASH}")


class UnexpectedLines(AssertionError):
    """A test that measures time and fails with this is not measured again (lib/remeasure.py)."""


class ErrorLog:
    """Reads the lines since the last mark."""

    all: "weakref.WeakSet[ErrorLog]" = weakref.WeakSet()

    def __init__(self, path: Path):
        ErrorLog.all.add(self)
        self.path = path
        self.offset = 0
        self.expected: List[str] = []
        self.allowed: List[str] = []

    def mark(self) -> None:
        """Forget all lines and expectations so far."""
        self.offset = self.path.stat().st_size if self.path.exists() else 0
        self.expected = []
        self.allowed = []

    def lines(self) -> List[str]:
        if not self.path.exists():
            return []
        with open(self.path, encoding="utf-8", errors="replace") as file:
            file.seek(self.offset)
            return file.readlines()

    def expect(self, pattern: str) -> None:
        """A serious line that matches must come in this test."""
        self.expected.append(pattern)

    def allow(self, pattern: str) -> None:
        """A serious line that matches may come in this test."""
        self.allowed.append(pattern)

    def find(self, pattern: str, timeout: float = 60) -> List[str]:
        """The lines that match; waits for the first."""
        deadline = time.monotonic() + timeout
        while True:
            found = [line for line in self.lines() if re.search(pattern, line)]
            if found or time.monotonic() > deadline:
                return found
            time.sleep(0.05)

    def check(self) -> None:
        """Fail on unexpected serious lines, and on expected lines that did not come."""
        for pattern in self.expected:
            assert self.find(pattern), f"not logged: {pattern}"
        unexpected = [line for line in self._unexpected(SERIOUS) if not OTHERS.search(line)]
        if unexpected:
            raise UnexpectedLines("unexpected in error_log:\n" + "".join(unexpected))

    def crashes(self) -> List[str]:
        """The unexpected lines about children that crashed."""
        return self._unexpected(CRASH)

    def _unexpected(self, pattern) -> List[str]:
        return [line for line in self.lines() if re.search(pattern, line)
                and not any(re.search(known, line) for known in self.expected + self.allowed)]
