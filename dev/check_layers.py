# SPDX-License-Identifier: Apache-2.0
"""Checks the layers of src/: a file includes headers of its own folder and of those below it, never of one
above. Part of `make lint`. An argument names another checkout."""

import re

from guard import ROOT, report

LAYERS = ["http", "operations", "store", "odata", "document", "base"]  # from the top down

# Includes that still point upwards. Remove a pair from here when the sources no longer have it.
KNOWN = set()


def problems():
    known = set(KNOWN)
    for folder in sorted(path.name for path in (ROOT / "src").iterdir()):
        if folder not in LAYERS:
            yield f"src/{folder}: not one of {', '.join(LAYERS)}"
    for level, folder in enumerate(LAYERS):
        for file in sorted((ROOT / "src" / folder).glob("*.[ch]")):
            name = file.relative_to(ROOT)
            for included in re.findall(r'(?m)^#include "([^"]*)"', file.read_text()):
                other, slash, _ = included.rpartition("/")
                if not slash:
                    continue
                if other not in LAYERS or other == folder:
                    yield f'{name}: "{included}" is no header of another folder'
                elif LAYERS.index(other) < level:
                    if (folder, other) not in KNOWN:
                        yield f'{name}: "{included}" is above {folder}'
                    known.discard((folder, other))
    for folder, other in known:
        yield f"dev/check_layers.py: no file of {folder} includes one of {other}: remove the pair"


if __name__ == "__main__":
    report(problems())
