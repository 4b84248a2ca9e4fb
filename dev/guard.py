# SPDX-License-Identifier: Apache-2.0
"""What the guards of `make lint` share: the checkout to look at, which an argument may name, and the report."""

import sys
from pathlib import Path
from typing import Iterable

ROOT = Path(sys.argv[1] if len(sys.argv) > 1 else __file__ + "/../..").resolve()


def report(problems: Iterable[str]) -> None:
    """Print the problems, and exit with 1 if there are any."""
    found = list(problems)
    print("\n".join(found), end="\n" if found else "")
    sys.exit(bool(found))
