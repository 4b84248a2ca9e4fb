# SPDX-License-Identifier: Apache-2.0
"""`make bench`: every kind of request, and the limits to compare it with, in rounds, at 1, 16, 64 and 256 connections.

Prints the table, and writes it to build/bench with the figures and the chart. docs/performance.md explains what is
measured; `make bench-docs` copies the last run there.
"""

import argparse
import datetime
import json
import os
import platform
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import Dict, List

from bench import load, report
from bench.ways import BUILD, ID, ROOT, WAYS, Bench

LEVELS = (1, 16, 64, 256)
IDLE = 500  # connections, for the memory of one

# Ordinary settings of a server with many writes. fsync and synchronous_commit stay on.
POSTGRES = {"shared_buffers": "1GB", "max_wal_size": "4GB", "checkpoint_timeout": "30min"}
PROCESSES, THREADS, POOL = 2, 300, 8


def machine(bench: Bench) -> Dict[str, str]:
    def first(pattern: str, path: str) -> str:
        found = re.search(pattern, Path(path).read_text(), re.MULTILINE)
        return found.group(1).strip() if found else "unknown"

    autogroup = Path("/proc/sys/kernel/sched_autogroup_enabled")  # not in every kernel
    memory = int(first(r"^MemTotal:\s+(\d+)", "/proc/meminfo")) / 2**20
    httpd = subprocess.run([bench.httpd.program, "-v"], capture_output=True, text=True, check=True)
    version = re.search(r"Apache/(\S+)", httpd.stdout)
    return {"cpu": f"{os.cpu_count()} x {first(r'^model name.*: (.*)$', '/proc/cpuinfo')}",
            "memory": f"{memory:.0f} GiB", "kernel": platform.release(),
            "autogroup": autogroup.read_text().strip() if autogroup.exists() else "0",
            "system": first(r'^PRETTY_NAME="(.*)"', "/etc/os-release"),
            "httpd": version.group(1) if version else "unknown",
            "postgresql": bench.postgres.psql("SHOW server_version").split()[0],
            "fsync": bench.postgres.psql("SHOW fsync"),
            "synchronous_commit": bench.postgres.psql("SHOW synchronous_commit"),
            "date": datetime.date.today().isoformat()}


def private_memory(pid: int) -> int:
    """Return the bytes of memory of its own; of pages that it shares with its parent, its part. Shared memory, such as
    PostgreSQL's buffers and the caches of tokens, counts as private for the only process that has touched it, so it is
    left out."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return 1024 * int(re.search(r"^Pss_Anon:\s+(\d+)", rollup, re.MULTILINE).group(1))


def resident_memory(pid: int) -> int:
    return os.sysconf("SC_PAGESIZE") * int(Path(f"/proc/{pid}/statm").read_text().split()[1])


def weigh(bench: Bench) -> Dict[str, float]:
    """Measure the memory after the load, and the memory of a connection that waits for its next request."""
    children = load.tree(bench.httpd.pid())[1:]
    backends = bench.postgres.psql("SELECT pid FROM pg_stat_activity"
                                   " WHERE usename = 'graphprofile'").split()
    before = sum(map(private_memory, children))
    request = f"GET /beta/me/profile/positions/{ID} HTTP/1.1\r\nHost: bench\r\nX-User: 1\r\n\r\n"
    clients: List[socket.socket] = []
    for _ in range(IDLE):
        clients.append(socket.create_connection(("127.0.0.1", bench.httpd.port)))
        clients[-1].sendall(request.encode())
        clients[-1].recv(65536)
    after = sum(map(private_memory, children))
    for client in clients:
        client.close()
    return {"processes": len(children), "threads": THREADS,
            "resident": max(map(resident_memory, children)),
            "private": before / len(children), "per_connection": max(after - before, 0) / IDLE,
            "backends": len(backends),
            "per_backend": sum(private_memory(int(pid)) for pid in backends)
            / max(len(backends), 1)}


def measure(bench: Bench, names: List[str], levels: List[int], rounds: int, seconds: int):
    """Measure every way at every level in each round. Every second round runs in reverse order, so that no way is always
    first."""
    samples = []
    plan = [(name, level) for level in levels for name in names
            if WAYS[name].levels is None or level in WAYS[name].levels]
    for name in names:
        bench.run(WAYS[name], 16, 1)  # warm up
    for turn in range(rounds):
        for at, (name, level) in enumerate(plan if turn % 2 == 0 else reversed(plan)):
            if sys.stderr.isatty():
                print(f"\rround {turn + 1} of {rounds}: {at + 1} of {len(plan)} ", end="",
                      file=sys.stderr)
            seed = 1 + (turn * len(plan) + at) * 8
            samples.append({"way": name, "connections": level, "round": turn,
                            **bench.run(WAYS[name], level, seconds, seed)})
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return samples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--levels", default=",".join(map(str, LEVELS)))
    parser.add_argument("--ways", default=",".join(WAYS))
    arguments = parser.parse_args()
    levels = list(map(int, arguments.levels.split(",")))
    with Bench(ROOT / "run" / "bench", PROCESSES, THREADS, POOL, **POSTGRES) as bench:
        result = {"machine": machine(bench), "rounds": arguments.rounds,
                  "seconds": arguments.seconds, "pool": POOL,
                  "samples": measure(bench, arguments.ways.split(","), levels, arguments.rounds,
                                     arguments.seconds),
                  "memory": weigh(bench)}
    folder = BUILD / "bench"
    (folder / "bench.json").write_text(json.dumps(result, indent=1))
    report.write(result, folder)
    print((folder / "bench.md").read_text())
    print(f"The figures and the chart are in {folder.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
