# SPDX-License-Identifier: Apache-2.0
"""Load and its cost: one kind of request for some seconds, from wrk or from pgbench.

The CPU figures are the kernel's accounts of the processes of httpd and PostgreSQL.
"""

import json
import os
import re
import resource
import subprocess
import time
from pathlib import Path
from typing import Dict, List, Optional

WRK = Path(__file__).resolve().parent / "wrk.lua"
TICKS = os.sysconf("SC_CLK_TCK")


def _processes() -> Dict[int, List[str]]:
    """Return the fields of /proc/<pid>/stat after the name, for every process."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                found[int(entry.name)] = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                pass
    return found


def tree(root: int) -> List[int]:
    """Return a process and its descendants."""
    processes = _processes()
    pids = [root]
    for pid in pids:
        pids += [child for child, fields in processes.items() if int(fields[1]) == pid]
    return pids


def cpu(root: int) -> float:
    """Return the CPU seconds of a process and its descendants, including those that have ended."""
    processes = _processes()
    return sum(sum(map(int, processes[pid][11:15])) for pid in tree(root)
               if pid in processes) / TICKS


def _machine() -> List[float]:
    """Return the busy CPU seconds of the machine, and those that its host gave to other machines."""
    fields = [int(n) / TICKS for n in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return [sum(fields) - fields[3] - fields[4] - fields[7], fields[7]]


class Meter:
    """Measures the cost of a load on the servers."""

    def __init__(self, httpd: int, postgres: int):
        self.httpd = httpd
        self.postgres = postgres

    def _now(self) -> Dict[str, float]:
        mine = resource.getrusage(resource.RUSAGE_CHILDREN)
        busy, stolen = _machine()
        return {"httpd": cpu(self.httpd), "postgres": cpu(self.postgres), "at": time.monotonic(),
                "load": mine.ru_utime + mine.ru_stime, "busy": busy, "stolen": stolen}

    def measure(self, run) -> Dict[str, float]:
        before = self._now()
        outcome = run()
        after = self._now()
        spent = {name: after[name] - before[name] for name in after}
        for server in ("httpd", "postgres"):
            outcome[f"{server}_us"] = 1e6 * spent[server] / max(outcome["requests"], 1)
        # The share of the machine's CPUs that other programs took.
        others = spent["busy"] + spent["stolen"] - sum(
            spent[name] for name in ("httpd", "postgres", "load"))
        outcome["others"] = max(others, 0) / (spent["at"] * (os.cpu_count() or 1))
        return outcome


def wrk(url: str, connections: int, seconds: int, low: int, high: int, method: str = "GET",
        body: Optional[Path] = None, token: str = "", seed: int = 1) -> Dict[str, float]:
    """Send load by HTTP. `low` and `high` are the range of the calling users' numbers."""
    path = "/" + url.split("/", 3)[3]
    arguments = [f"method={method}", f"path={path}", f"low={low}", f"high={high}", f"seed={seed}"]
    if body:
        arguments.append(f"body={body}")
    if token:
        arguments.append(f"token={token}")
    done = subprocess.run(["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s",
                           "--timeout", "10s", "-s", str(WRK), url, "--", *arguments],
                          capture_output=True, text=True, check=False)
    try:
        outcome = json.loads(done.stderr.strip().split("\n")[-1])
    except ValueError:
        raise SystemExit(f"wrk failed:\n{done.stdout}{done.stderr}") from None
    outcome["rate"] = outcome["requests"] / outcome["seconds"]
    outcome["errors"] = outcome["broken"] + outcome["refused"]
    return outcome


def pgbench(program: Path, host: str, clients: int, seconds: int, script: Path,
            variables: Dict[str, str]) -> Dict[str, float]:
    """Send load by SQL over PostgreSQL's Unix socket, without httpd."""
    options = [f"--define={name}={value}" for name, value in variables.items()]
    done = subprocess.run([str(program), "--no-vacuum", "--protocol=prepared", f"--client={clients}",
                           f"--jobs={min(clients, 2)}", f"--time={seconds}",
                           f"--file={script}", *options, "-h", host, "-U", "graphprofile",
                           "graphprofile"], capture_output=True, text=True, check=False)
    said = {name: float(number) for name, number in re.findall(
        r"(tps|latency average|number of transactions actually processed|"
        r"number of failed transactions)\s*[=:] ([0-9.]+)", done.stdout)}
    if done.returncode != 0 or "tps" not in said:
        raise SystemExit(f"pgbench failed:\n{done.stdout}{done.stderr}")
    return {"requests": said["number of transactions actually processed"], "rate": said["tps"],
            "p50": 1000 * said["latency average"], "p99": None,
            "errors": said.get("number of failed transactions", 0)}
