# SPDX-License-Identifier: Apache-2.0
"""The pages name only what exists: files and headings in links, `make` targets, directives, source files, commands
and options of graphprofile. README.md links each page of docs/, and no comment or message names a page that does
not exist. Part of `make lint`. An argument names another
checkout."""

import re
import shlex
from pathlib import Path

from guard import ROOT, report

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "tests/README.md"])
FOLDERS = ["", "src/", "tests/", "tests/http/"]  # the paths of source files are relative to one of these

OTHERS = ["Makefile", *(f"{folder}/**/*" for folder in ("src", "tools", "conf", "sql", "container", "dev", "bench"))]

FENCED = re.compile(r"(?ms)^( *)```(\w*)[^\n]*\n(.*?)^\1```$")
# A command begins a line, or follows another one; variables of its own may precede it.
COMMAND = r"(?m)(?:^|[;|&(]) *(?:[A-Z_]+=\S+ +)*{} +(?=([^\n]*))"


def read(name: str) -> str:
    return (ROOT / name).read_text()


def anchors(text: str) -> set:
    """The anchors that the headings of a page get on GitHub."""
    found = set()
    for heading in re.findall(r"(?m)^#+ +(.*?) *$", FENCED.sub("", text)):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 0
        while (name := slug if number == 0 else f"{slug}-{number}") in found:
            number += 1
        found.add(name)
    return found


def code_of(text: str) -> list:
    """Fenced and indented blocks, and what stands between backquotes elsewhere."""
    found = [block[2] for block in FENCED.findall(text)]
    text = FENCED.sub("", text)
    found += re.findall(r"(?m)(?:^(?: {4}|\t).*\n)+", text)
    found += [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]
    return [re.sub(r"\\\n *", "", code) for code in found]


def words_of(line: str) -> list:
    """The words of the first command in a line of the shell."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words = []
    try:
        for word in lexer:
            if word[0] in "();<>|&":
                break
            words.append(word)
    except ValueError:  # a quote that does not end: half a sentence in backquotes
        pass
    return words


def links(page: Path, text: str):
    for target in re.findall(r"\]\(([^)\s]+)\)", FENCED.sub("", text)):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists():
            yield f"{target}: no such file"
        elif anchor and anchor not in anchors(file.read_text()):
            yield f"{target}: no such heading"


def make_targets(text: str):
    known = set()
    for names in re.findall(r"(?m)^([a-z][a-z -]*):(?!=)", read("Makefile")):
        known.update(names.split())
    for code in code_of(text):
        for line in re.findall(COMMAND.format("make"), code):
            for word in words_of(line):
                if re.fullmatch(r"[a-z][a-z-]*", word) and word not in known:
                    yield f"make {word}: no such target"


def directives(text: str):
    known = set(re.findall(r'AP_INIT_\w+\("(\w+)"', read("src/http/config.c")))
    known |= {"GraphProfile" + name for name in re.findall(r'= \{"(\w+)",\s+"', read("src/store/counters.c"))}
    known |= {"GraphProfileProcesses", "GraphProfileVersion"}
    for name in sorted(set(re.findall(r"\bGraphProfile[A-Z]\w*", text))):
        if name not in known and not re.fullmatch(r"\w+[2-5]xx", name):
            yield f"{name}: no such directive or counter"


def options_of_program() -> dict:
    """The commands of graphprofile, each with the set of its options."""
    source = read("tools/options.c")
    commands = re.findall(r'(?m)^    \{"([a-z]+)", (?:"\S+"|NULL), ".*?",\s+(GP_[A-Z]+)', source)
    loads = re.search(r"#define LOADS \((.*)\)", source)[1]
    options = re.findall(r'(?m)^    \{"([a-z-]+)", ((?:GP_|LOADS)[A-Z_ |]*), [A-Z]+,', source)
    return {command: {name for name, bits in options if bit in bits.replace("LOADS", loads).split(" | ")}
            for command, bit in commands}


def program(text: str):
    known = options_of_program()
    for code in code_of(text):
        for line in re.findall(COMMAND.format("graphprofile"), code):
            command, *words = words_of(line) or [""]
            if command.startswith("-") or not re.fullmatch(r"[a-z]+", command):
                continue  # --version, or COMMAND
            if command not in known:
                yield f"graphprofile {command}: no such command"
                continue
            for word in words:
                name = word[2:].partition("=")[0]
                if word.startswith("--") and name not in {*known[command], "help"}:
                    yield f"graphprofile {command} {word}: no such option"


def source_files(text: str):
    for name in sorted(set(re.findall(r"`((?:[\w-]+/)+[\w.*-]+\.(?:c|h|py|sql|conf|txt|json|md))`", text))):
        if not any(list(ROOT.glob(folder + name)) for folder in FOLDERS) and "NAME" not in name:
            yield f"{name}: no such file"


def reference_of_program():
    """docs/command-line.md has each command with its options."""
    rows = re.findall(r"(?m)^\| `--([a-z-]+)[^|]*(?:\\\|[^|]*)?` \| ([a-z, ]+) \|", read("docs/command-line.md"))
    for command, options in options_of_program().items():
        listed = {name for name, commands in rows if command in commands.split(", ")}
        for name in sorted(options ^ listed):
            yield f"graphprofile {command}: --{name} is {'not listed' if name in options else 'no option of it'}"


def problems():
    for problem in reference_of_program():
        yield f"docs/command-line.md: {problem}"
    for page in PAGES:
        text = page.read_text()
        for check in links, make_targets, directives, program, source_files:
            for problem in check(page, text) if check is links else check(text):
                yield f"{page.relative_to(ROOT)}: {problem}"
    for file in sorted({file for pattern in OTHERS for file in ROOT.glob(pattern) if file.is_file()}):
        for name in re.findall(rb"\bdocs/[\w-]+\.md\b", file.read_bytes()):
            if not (ROOT / name.decode()).exists():
                yield f"{file.relative_to(ROOT)}: {name.decode()}: no such file"
    for page in sorted(ROOT.glob("docs/*.md")):
        if f"(docs/{page.name})" not in read("README.md"):
            yield f"README.md: no link to docs/{page.name}"


if __name__ == "__main__":
    report(problems())
