# SPDX-License-Identifier: Apache-2.0
"""`make bench-docs`: copies the tables and the charts of the last `make bench` and `make bench-scale` to docs/."""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / "build" / "bench"
PAGE = ROOT / "docs" / "performance.md"


def main() -> None:
    for run, chart in (("bench", "performance.svg"), ("scale", "scale.svg")):
        if not (RUN / f"{run}.md").exists():
            continue
        figures = (RUN / f"{run}.md").read_text()
        page = re.sub(rf"(?s)(<!-- make {run} -->\n).*?(<!-- until here -->)",
                      lambda found: f"{found[1]}\n{figures}\n{found[2]}", PAGE.read_text())
        PAGE.write_text(page)
        shutil.copy(RUN / f"{run}.svg", ROOT / "docs" / chart)


if __name__ == "__main__":
    main()
