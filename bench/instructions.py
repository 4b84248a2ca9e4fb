# SPDX-License-Identifier: Apache-2.0
"""`make instructions`: the instructions of the core's operations, compared with bench/instructions.txt.

The number of instructions does not depend on the load of the machine. Instructions of the C library do not count,
because it selects its string functions by the CPU. A difference of more than 3 % from the file fails, so that each
change of cost appears as a change of the file; UPDATE=1 writes it. Another compiler makes other instructions: then
nothing fails.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Dict

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build" / "bench" / "core"
FILE = ROOT / "bench" / "instructions.txt"
TOLERANCE = 0.03
LIBRARIES = ("libyajl", "libapr")


def instructions(dump: Path) -> Dict[str, int]:
    """Return the instructions of the module's code and of the libraries from a dump of callgrind."""
    names: Dict[str, str] = {}
    spent = {"own": 0, "libraries": 0}
    place, is_call = "", False
    for line in dump.read_text().splitlines():
        named = re.match(r"ob=(\(\d+\))(?: (.*))?$", line)
        if named:
            names[named.group(1)] = named.group(2) or names[named.group(1)]
            path = Path(names[named.group(1)])
            place = ("own" if path.name == PROGRAM.name else
                     "libraries" if path.name.startswith(LIBRARIES) else "")
        elif re.match(r"cob=(\(\d+\)) ", line):
            names[line[4:line.index(" ")]] = line[line.index(" ") + 1:]
        elif line.startswith("calls="):
            is_call = True  # the next line repeats the cost of the called function
        elif re.match(r"[+\-*\d]", line):
            if not is_call and place:
                spent[place] += int(line.split()[-1])
            is_call = False
    return spent


def measure() -> Dict[str, Dict[str, int]]:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out",
                        str(PROGRAM), str(ROOT / "dev" / "position.json")],
                       check=True, capture_output=True)
        dumps = {}
        for dump in Path(folder).glob("out.*"):
            cause = re.search(r"^desc: Trigger: Client Request: (.*)$", dump.read_text(), re.M)
            if cause:
                dumps[int(dump.suffix[1:])] = (cause.group(1), instructions(dump))
        return dict(dumps[number] for number in sorted(dumps))


def compiler() -> str:
    flags = (ROOT / "build" / "flags").read_text().split()
    version = subprocess.run([flags[0], "--version"], capture_output=True, text=True, check=True)
    return version.stdout.splitlines()[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true")
    arguments = parser.parse_args()
    found = measure()
    text = "".join(
        [f"Instructions of the core, by `make instructions`; {compiler()}.\n\n",
         f"{'':50}{'own':>10}{'yajl, APR':>12}\n"]
        + [f"{name:50}{spent['own']:10,}{spent['libraries']:12,}\n"
           for name, spent in found.items()])
    print(text, end="")
    if arguments.update:
        FILE.write_text(text)
        return
    written = FILE.read_text()
    drifted = []
    for name, spent in found.items():
        line = re.search(rf"^{re.escape(name)} +([\d,]+) +([\d,]+)$", written, re.M)
        before = sum(int(n.replace(",", "")) for n in line.groups()) if line else 0
        after = sum(spent.values())
        if abs(after - before) > TOLERANCE * before:
            drifted.append(f"{name}: {before:,} before, {after:,} now")
    if drifted:
        print("\nNot as bench/instructions.txt has it:", *drifted, sep="\n  ")
    if written.splitlines()[0] != text.splitlines()[0]:
        print("\nThe file was written with another compiler, so nothing is wrong by that.")
    elif drifted:
        sys.exit("If that is meant: make instructions UPDATE=1")


if __name__ == "__main__":
    main()
