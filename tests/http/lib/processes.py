# SPDX-License-Identifier: Apache-2.0
"""The processes of a server, and their memory as Linux counts it (proc(5))."""

import re
from pathlib import Path


def children(server) -> list:
    """The process ids of httpd's children."""
    parent = server.httpd.pid()
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


def kilobytes(pid: int, field: str, file: str = "status") -> int:
    return int(re.search(rf"(?m)^{field}:\s+(\d+) kB", Path(f"/proc/{pid}/{file}").read_text())[1])
