# SPDX-License-Identifier: Apache-2.0
"""The tables and the chart of a run of `make bench`: medians of its rounds."""

import statistics
from pathlib import Path
from typing import Callable, Dict, List, Optional

from bench import chart
from bench.ways import BATCH, TOKENS, WAYS

TABLE_LEVEL = 64

# Goals: the way, the way to compare it with, the figure, and the largest ratio.
GOALS = (("item", "bare_select", "httpd_us", 1.25), ("post", "bare_insert", "httpd_us", 1.3))

# Goals of batches: the batch, the single request, and the largest ratio of the CPU of httpd and PostgreSQL of the batch to
# that of its requests alone.
BATCHES = (("batch_post", "token_post", 0.35), ("batch_get", "token", 0.4))


class Figures:
    """The samples of a run, by way and number of connections."""

    def __init__(self, result: Dict):
        self.samples: Dict[tuple, List[Dict]] = {}
        for sample in result["samples"]:
            key = sample["way"], sample["connections"]
            self.samples.setdefault(key, []).append(sample)
        self.levels = sorted({connections for _, connections in self.samples})
        self.names = [name for name in WAYS if any(way == name for way, _ in self.samples)]

    def level(self, name: str) -> int:
        """Return the connections of a way's row in the table: 64, or the nearest level that was measured."""
        return min((level for way, level in self.samples if way == name),
                   key=lambda level: abs(level - TABLE_LEVEL))

    def all(self, name: str, level: int, figure: str) -> List[float]:
        return [sample[figure] for sample in self.samples.get((name, level), [])]

    def median(self, name: str, level: int, figure: str) -> Optional[float]:
        values = [value for value in self.all(name, level, figure) if value is not None]
        return statistics.median(values) if values else None

    def spread(self, name: str, level: int, figure: str) -> float:
        values = self.all(name, level, figure)
        return (max(values) - min(values)) / statistics.median(values)

    def ratio(self, name: str, limit: str, figure: str) -> Optional[float]:
        """Return the median of the ratios of two ways, over all levels and rounds in which both ran."""
        ratios = [one / other for level in self.levels
                  for one, other in zip(self.all(name, level, figure),
                                        self.all(limit, level, figure)) if other]
        return statistics.median(ratios) if ratios else None


def _number(value: Optional[float], form: Callable[[float], str]) -> str:
    return "" if value is None else form(value)


def _rate(value: float) -> str:
    return f"{value:,.0f}"


def _milliseconds(value: float) -> str:
    return f"{value / 1000:.1f}" if value < 99500 else f"{value / 1000:.0f}"


def row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _cost_table(figures: Figures) -> List[str]:
    lines = [row("way", "connections", "requests/s", "p50 ms", "p99 ms", "CPU of httpd µs",
                  "of PostgreSQL µs", "statements/transaction", "errors", "spread"), "|---|" + "--:|" * 9]
    for name in figures.names:
        level = figures.level(name)
        errors = sum(sum(figures.all(name, at, "errors")) for at in figures.levels)
        lines.append(row(
            WAYS[name].title, str(level), _number(figures.median(name, level, "rate"), _rate),
            _number(figures.median(name, level, "p50"), _milliseconds),
            _number(figures.median(name, level, "p99"), _milliseconds),
            _number(figures.median(name, level, "httpd_us"), _rate) if WAYS[name].path else "",
            _number(figures.median(name, level, "postgres_us") or None, _rate),
            _number(figures.median(name, level, "batch"), lambda size: f"{size:.1f}"),
            f"{errors:.0f}", f"{100 * figures.spread(name, level, 'rate'):.0f} %"))
    return lines


def _rate_table(figures: Figures) -> List[str]:
    lines = [row("requests/s (p99 ms) at connections", *map(str, figures.levels)),
             "|---|" + "--:|" * len(figures.levels)]
    for name in figures.names:
        cells = []
        for level in figures.levels:
            rate = _number(figures.median(name, level, "rate"), _rate)
            p99 = _number(figures.median(name, level, "p99"), _milliseconds)
            cells.append(f"{rate} ({p99})" if p99 else rate)
        lines.append(row(WAYS[name].title, *cells))
    return lines


def _of_batch(figures: Figures, name: str, single: str, most: float) -> List[str]:
    """Compare the CPU of a batch with that of its requests alone, and its time with that of one request, without load."""
    lines = []
    for level in figures.levels:
        whole, one = (sum(filter(None, (figures.median(way, level, figure) for figure in ("httpd_us", "postgres_us"))))
                      for way in (name, single))
        if whole and one:
            lines.append(f"- CPU of httpd and PostgreSQL at {level} connection{'s' if level > 1 else ''}, {WAYS[name].title} to {BATCH} "
                         f"single requests: **{whole / one / BATCH:.2f}** (goal: at most {most})")
    whole, one = (figures.median(way, 1, "p50") for way in (name, single))
    if whole and one:
        lines.append(f"- p50 at 1 connection, {WAYS[name].title} to a single request: **{whole / one:.1f}** (goal: at most 3)")
    return lines


def _ratios(figures: Figures) -> List[str]:
    lines = []
    for name, limit, figure, most in GOALS:
        ratio = figures.ratio(name, limit, figure)
        if ratio is not None:
            lines.append(f"- CPU of httpd, {WAYS[name].title} to {WAYS[limit].title}: "
                         f"**{ratio:.2f}** (goal: at most {most})")
    for name in ("post", "item", "list"):
        p50, p99 = (figures.median(name, TABLE_LEVEL, figure) for figure in ("p50", "p99"))
        if p50 and p99:
            lines.append(f"- p99 to p50 at {TABLE_LEVEL} connections, {WAYS[name].title}: "
                         f"**{p99 / p50:.1f}** (goal: at most 4)")
    for name, single, most in BATCHES:
        lines += _of_batch(figures, name, single, most)
    for name in TOKENS:
        ours, plain = (figures.median(way, 16, "httpd_us") for way in (name, "item"))
        if ours and plain:
            lines.append(f"- Checking a bearer token, {WAYS[name].title}, adds **{ours - plain:.0f} µs** of CPU to "
                         f"a GET: {(ours - plain) / plain:.1f} times what all the rest takes")
    return lines


def markdown(result: Dict) -> str:
    figures = Figures(result)
    machine, memory = result["machine"], result["memory"]
    others = statistics.median(sample["others"] for sample in result["samples"])
    spread = statistics.median(figures.spread(*key, "rate") for key in figures.samples)
    megabyte, kilobyte = 2**20, 2**10
    lines = [
        f"{machine['date']}: {machine['cpu']}, {machine['memory']}, {machine['system']}, httpd "
        f"{machine['httpd']}, PostgreSQL {machine['postgresql']} (fsync {machine['fsync']}, "
        f"synchronous_commit {machine['synchronous_commit']}); load generator, httpd and PostgreSQL "
        f"on the same CPUs (kernel.sched_autogroup_enabled {machine['autogroup']}). Medians of "
        f"{result['rounds']} rounds of {result['seconds']} s. Other "
        f"programs took {100 * others:.0f} % of the CPUs meanwhile; from round to round rates "
        f"differed by {100 * spread:.0f} % (median of all).", "",
        *_cost_table(figures), "", *_ratios(figures), "", *_rate_table(figures), "",
        f"Memory: {memory['processes']} processes of httpd of {memory['threads']} threads, each "
        f"{memory['resident'] / megabyte:.0f} MiB resident, {memory['private'] / megabyte:.0f} MiB "
        f"of its own; a connection that waits for its next request "
        f"{memory['per_connection'] / kilobyte:.1f} KiB; {memory['backends']} backends of PostgreSQL "
        f"with {memory['per_backend'] / megabyte:.1f} MiB of their own each."]
    return "\n".join(lines) + "\n"


def write(result: Dict, folder: Path) -> None:
    figures = Figures(result)
    bars = [(WAYS[name].title.replace("`", ""),
             figures.median(name, figures.level(name), "httpd_us") if WAYS[name].path else 0,
             figures.median(name, figures.level(name), "postgres_us"),
             figures.median(name, figures.level(name), "rate"))
            for name in figures.names]
    (folder / "bench.md").write_text(markdown(result))
    (folder / "bench.svg").write_text(chart.bars(
        "CPU microseconds of a request, and requests a second", bars))
