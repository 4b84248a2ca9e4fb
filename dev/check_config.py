# SPDX-License-Identifier: Apache-2.0
"""Checks that configuration holds only the values of directives, is fully merged, and is read-only. The state
of a process belongs elsewhere.

httpd lets virtual hosts share configuration structs, so hosts with different databases would share state
in them. Part of `make lint`. An argument names another checkout.
"""

import re

from guard import ROOT, report

STRUCTS = {"gp_config": "GP_CONFIG_MEMBERS", "gp_server_config": "GP_SERVER_CONFIG_MEMBERS"}

# The files with variables that requests share, and the purpose of these variables.
STATEFUL = {
    "src/http/dbd.c": "the registry of databases and mod_dbd's functions, which each child looks up at its start",
    "src/store/deadline.c": "the thread that enforces statement deadlines",
    "src/store/orphan.c": "connections whose backends outlive their deadline, each with the gates of its pool",
    "src/http/answer.c": "the memory of the answers that a child holds for its clients",
    "src/base/scratch.c": "the number of large documents that a child parses at the same time",
    "src/store/probe.c": "the thread that probes unreachable databases",
    "src/store/share.c": "the callers with requests in this process, to all of its hosts",
    "src/store/counters.c": "the counters of this process",
    "src/http/totals.c": "the counters that all children share",
}


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def problems():
    header = (ROOT / "src/http/config.h").read_text()
    plain = without_comments(header)
    for name, table in STRUCTS.items():
        body = re.search(rf"typedef struct \{{([^}}]*)\}} {name};", plain)
        if body is None or body[1].split() != [f"{table}(GP_CONFIG_DECLARE)"]:
            yield f"src/http/config.h: {name} must have the members of {table} and no others"
        for rest in re.findall(rf"(?m)^#define {table}\(MEMBER\)((?:.*\\\n)*.*)", plain):
            for type_ in re.findall(r"MEMBER\(([^,]*),", rest):
                if re.search(r"_Atomic|atomic_|volatile|mutex|gp_(?!validation|forwarded)", type_):
                    yield f"src/http/config.h: a member of {name} is state: {type_}"
    if "AP_MODULE_FLAG_ALWAYS_MERGE" not in (ROOT / "mod_graphprofile.c").read_text():
        yield "mod_graphprofile.c: virtual hosts must have configurations of their own"
    for file in sorted([*ROOT.glob("src/*/*.[ch]"), ROOT / "mod_graphprofile.c"]):
        name = str(file.relative_to(ROOT))
        text = without_comments(file.read_text())
        if name != "src/http/config.c":
            for found in re.findall(r"(?m)^.*(?<!const )\bgp_(?:server_)?config \*.*", text):
                yield f"{name}: a configuration is const here: {found.strip()}"
        for found in re.findall(r"(?m)^\s*static (?!const\b|_Thread_local\b|__thread\b)[^(){};=]*[;={]", text):
            if name not in STATEFUL and "*const " not in found:
                yield f"{name}: the requests of all hosts share this: {found.strip()}"


if __name__ == "__main__":
    report(problems())
