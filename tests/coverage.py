# SPDX-License-Identifier: Apache-2.0
"""The lines that the tests reached, from gcov's counters in a build folder; fails below tests/coverage.txt.

`--update` raises the floors in that file, in whole percents, and lowers none: a person lowers a floor and
states why (code that only a race reaches keeps some margin). A new file must be covered completely. Lines
only: checks of UBSan would count as branches.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FLOOR = ROOT / "tests" / "coverage.txt"
TOTAL = "all"


def read_counts(build: Path) -> dict:
    """The number of executions of each line, for each source file."""
    counters = [str(file.resolve()) for pattern in ("*.gcda", "src/*/*.gcda", "tools/*.gcda")
                for file in build.glob(pattern)]
    asked = subprocess.run(["gcov", "--json-format", "--stdout", *counters], cwd=ROOT, capture_output=True,
                           text=True, check=True)
    counts: dict = {}
    for document in map(json.loads, asked.stdout.splitlines()):
        for file in document["files"]:
            if re.fullmatch(r"(src/\w+/|tools/)?\w+\.c", file["file"]):
                lines = counts.setdefault(file["file"], {})
                for line in file["lines"]:
                    number = line["line_number"]
                    lines[number] = max(lines.get(number, 0), line["count"])
    return counts


def main() -> None:
    counts = read_counts(Path(sys.argv[1]))
    floor = {name: int(least) for name, least in map(str.split, FLOOR.read_text().splitlines())}
    missed = {name: [number for number, count in sorted(lines.items()) if count == 0]
              for name, lines in sorted(counts.items())}
    sizes = {name: (len(counts[name]), len(missed[name])) for name in missed}
    sizes[TOTAL] = tuple(map(sum, zip(*sizes.values())))
    found = {name: 100 * (lines - less) / lines for name, (lines, less) in sizes.items()}
    print(f"{'file':28}{'lines':>6}{'reached':>10}{'floor':>7}  not reached")
    for name, (lines, _) in sizes.items():
        print(f"{name:28}{lines:6}{found[name]:9.2f}%{floor.get(name, 100):7}",
              "", *missed.get(name, ()))
    if "--update" in sys.argv:
        floor = {name: max(int(found[name]), floor.get(name, 0)) for name in found}
        FLOOR.write_text("".join(f"{name} {least}\n" for name, least in floor.items()))
    low = [name for name in {**found, **floor} if found.get(name, 0) < floor.get(name, 100)]
    if low:
        raise SystemExit(f"fewer lines are reached than tests/coverage.txt asks for: {' '.join(low)}")


if __name__ == "__main__":
    main()
