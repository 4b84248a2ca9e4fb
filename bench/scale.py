# SPDX-License-Identifier: Apache-2.0
"""`make bench-scale`: the cost of a request while the table grows, and while the positions of one owner grow.

The cost is the CPU of httpd and PostgreSQL together. Elapsed time would depend more on the disk than on the module.
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Dict, List, Tuple

from bench import chart, report
from bench.bench import POOL, POSTGRES, PROCESSES, THREADS, machine
from bench.ways import BUILD, ROOT, WAYS, Bench

CONNECTIONS = 16
EACH = 5  # positions of each owner as the table grows
NAMES = ("item", "list", "filter", "patch", "post")  # post is last, because it adds rows
NEW = (10**9, 2**52, 0)

# Positions of an owner, and the number of such owners.
OWNERS = {1: 2000, 10: 2000, 100: 200, 1000: 20}

Costs = Dict[str, List[Tuple[float, float]]]  # by way: size and microseconds


def title(name: str) -> str:
    """Return the title of a way without the size that WAYS has in it."""
    return {"list": "GET list", "filter": "GET $filter", "orderby": "GET $orderby"}.get(name, WAYS[name].title)


def measure(bench: Bench, costs: Costs, size: int, names, owners: tuple, rounds: int,
            seconds: int) -> None:
    for name in names:
        way = WAYS[name]._replace(owners=NEW if name == "post" else owners)
        bench.run(way, CONNECTIONS, 1)  # warm up
        samples = [bench.run(way, CONNECTIONS, seconds, turn + 1) for turn in range(rounds)]
        errors = sum(sample["errors"] for sample in samples)
        if errors:
            raise SystemExit(f"{name}, {size}: {errors:.0f} errors")
        costs.setdefault(name, []).append((size, statistics.median(
            sample["httpd_us"] + sample["postgres_us"] for sample in samples)))


def grow(bench: Bench, sizes: List[int], rounds: int, seconds: int) -> Costs:
    """Measure the same requests while the number of owners grows."""
    costs: Costs = {}
    there = 0
    bench.postgres.psql("TRUNCATE graphprofile.position")
    for size in sizes:
        bench.fill(there + 1, size // EACH, EACH)
        there = size // EACH
        bench.settle()
        measure(bench, costs, size, NAMES, (1, there, EACH), rounds, seconds)
        bench.postgres.psql(f"DELETE FROM graphprofile.position WHERE length(owner_id) > "
                            f"{len(str(NEW[0])) - 1}")
    return costs


def crowd(bench: Bench, rounds: int, seconds: int) -> Costs:
    """Measure the same requests while the positions of an owner grow. A list has all of them."""
    costs: Costs = {}
    low = 10**8
    for positions, owners in OWNERS.items():
        low += 10**6
        bench.fill(low, low + owners - 1, positions)
        bench.settle()
        measure(bench, costs, positions, ("item", "list", "filter", "orderby"),
                (low, low + owners - 1, positions), rounds, seconds)
    return costs


def table(label: str, costs: Costs) -> List[str]:
    sizes = [size for size, _ in next(iter(costs.values()))]
    return [report.row(label, *(f"{size:,}" for size in sizes)), "|---|" + "--:|" * len(sizes),
            *(report.row(title(name), *(f"{cost:,.0f}" for _, cost in points))
              for name, points in costs.items())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rows", default="1000,10000,100000,1000000")
    arguments = parser.parse_args()
    sizes = list(map(int, arguments.rows.split(",")))
    with Bench(ROOT / "run" / "scale", PROCESSES, THREADS, POOL, **POSTGRES) as bench:
        about = machine(bench)
        rows = grow(bench, sizes, arguments.rounds, arguments.seconds)
        positions = crowd(bench, arguments.rounds, arguments.seconds)
        bench.postgres.psql("TRUNCATE graphprofile.position")
    folder: Path = BUILD / "bench"
    (folder / "scale.json").write_text(json.dumps(
        {"machine": about, "rows": rows, "positions": positions}, indent=1))
    text = "\n".join([
        f"{about['date']}: {about['cpu']}; CPU microseconds of httpd and PostgreSQL together, medians of "
        f"{arguments.rounds} rounds of {arguments.seconds} s at {CONNECTIONS} connections.", "",
        *table(f"rows in the table, {EACH} of each owner", rows), "",
        *table("positions of the owner, all listed", positions)]) + "\n"
    (folder / "scale.md").write_text(text)
    (folder / "scale.svg").write_text(chart.lines([
        ("CPU µs of a request", "rows in the table", False,
         {title(name): points for name, points in rows.items()}),
        ("CPU µs of a request (both axes logarithmic)", "positions of the owner", True,
         {title(name): points for name, points in positions.items()})]))
    print(text)


if __name__ == "__main__":
    main()
