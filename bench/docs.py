# SPDX-License-Identifier: Apache-2.0
"""`make bench-docs`: puts the tables and the chart of the last `make bench` into docs/."""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / "build" / "bench"
PAGE = ROOT / "docs" / "performance.md"


def main() -> None:
    figures = (RUN / "bench.md").read_text()
    page = re.sub(r"(?s)(<!-- make bench-docs -->\n).*(<!-- until here -->)",
                  lambda found: f"{found[1]}\n{figures}\n{found[2]}", PAGE.read_text())
    PAGE.write_text(page)
    shutil.copy(RUN / "bench.svg", ROOT / "docs" / "performance.svg")


if __name__ == "__main__":
    main()
