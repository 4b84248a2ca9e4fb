# SPDX-License-Identifier: Apache-2.0
"""Constants that tests read from the module's sources, so as not to repeat them."""

import re
from pathlib import Path

SOURCES = "".join(file.read_text()
                  for file in sorted((Path(__file__).resolve().parents[3] / "src").glob("*/*.[ch]")))


def number_in_the_code(name: str) -> int:
    """The value of a #define, which may be a sum of others."""
    [text] = re.findall(rf"(?m)^#define {name}\s+(\(.*?\)|\d+)", SOURCES)
    return eval(re.sub(r"[A-Z]\w+", lambda found: str(number_in_the_code(found[0])), text))
