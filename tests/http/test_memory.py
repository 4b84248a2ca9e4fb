# SPDX-License-Identifier: Apache-2.0
"""The memory that requests take from httpd and return: many requests, and the largest ones alone."""

import json
import statistics
from contextlib import closing
from pathlib import Path

import pytest
from lib import batches
from lib.client import POSITIONS, wait_until
from lib.outage import ONE_CHILD, Victim, wait_until_served
from lib.processes import children, kilobytes
from lib.server import Server
from lib.sources import number_in_the_code
from test_limits import sized
from test_paging import fill
from lib.traffic import Traffic

pytestmark = pytest.mark.http1  # whose memory is measured


@pytest.mark.threads
def test_the_memory_of_many_requests(state, module, sanitizers, sanitizer_reports, request):
    """Requests of every kind to one child: its memory does not grow with their number. It grows in steps
    until each thread and each of malloc's arenas has handled the largest request; `make soak` sends enough
    of them."""
    is_soak = request.config.getoption("--soak")
    number, threads, workers = (200_000, 25, 4) if is_soak else (3_000 if sanitizers else 12_000, 8, 3)
    samples = []
    with Server(state / "many", module, sanitizers,
                ONE_CHILD + f"ThreadsPerChild {threads}\nMaxRequestWorkers {threads}\n") as server:
        wait_until_served(Victim(server))
        [child] = children(server)
        with Traffic(server, workers) as traffic:
            for step in range(1, 21):
                wait_until(lambda: traffic.count >= number * step // 20, 600)
                samples.append((traffic.count, kilobytes(child, "Private_Dirty", "smaps_rollup") * 1024))
        assert children(server) == [child]
        server.log.check()
    pairs = zip(samples[8:], samples[9:])  # after most steps
    slope = statistics.median((after - before) / (more - few) for (few, before), (more, after) in pairs)
    growth = max(held for _, held in samples[9:]) - samples[9][1]
    print(f"{traffic.count} requests; KiB held: {[held // 1024 for _, held in samples]};"
          f" {slope:.2f} bytes a request, {growth // 1024} KiB in all after {samples[9][0]} requests")
    if not sanitizers:  # they keep freed memory
        # Here arenas come and go by up to 1 MiB, which is some 90 bytes a request.
        assert slope < (2 if is_soak else 256), samples
        assert growth < 4 << 20, samples  # a step or two may come late


# ---- one request ----

ALONE = """
StartServers 1
<IfModule !mpm_prefork_module>
    ThreadsPerChild 1
    MinSpareThreads 1
    MaxSpareThreads 1
</IfModule>
MaxRequestWorkers 1
MaxMemFree 1
GraphProfileMaxBody 1048576
"""


def numbers(size: int) -> str:
    """A body that consists of the smallest values."""
    start, end = '{"createdBy":{"x":[', "1]}}"
    return start + "1," * ((size - len(start) - len(end)) // 2) + end


def objects(size: int) -> str:
    """A body whose stored form is many times as long, up to the limit."""
    start, end = '{"colleagues":[', "{}]}"
    return start + "{}," * (number_in_the_code("GP_OBJECTS_MAX") - 1) + end + " " * (size - 1600)


def together(user, id, size: int):
    """A batch of 20 bodies that have this size together."""
    body = json.loads(sized(size // 20)) if size >= 1000 else {}
    return user.post({"requests": [batches.post(body, id=str(number)) for number in range(20)]}, "/$batch")


def changes(user, id, size: int):
    """A batch of 20 changes to a small position. They have this size together, most of it values of 3 bytes."""
    id = user.create()["id"]
    body = {"categories": ["x"] * (size // 20 // 4)}
    return user.post(data=json.dumps({"requests": [batches.patch(id, body, id=str(number)) for number in range(20)]},
                                     separators=(",", ":")), path="/$batch")


def reads(user, id, size: int):
    """A batch that reads one position 20 times."""
    return user.post({"requests": [batches.get(f"{POSITIONS}/{id}", id=str(number)) for number in range(20)]}, "/$batch")


def nested(size: int) -> str:
    """A batch with a member that nobody reads, in as many levels as its size allows."""
    return '{"x":' + "[" * (size // 2) + "]" * (size // 2) + ',"requests":[{"id":"1","method":"GET","url":"/"}]}'


# The requests of a user with a position of that size, and the most memory for each, in multiples of the
# longer one of request and answer.
ASKED = {
    "POST": (9, lambda user, id, size: user.post(data=sized(size))),
    "PATCH": (14, lambda user, id, size: user.patch(id, data=sized(size).replace("xx", "xy"))),
    "GET": (5, lambda user, id, size: user.get(f"{POSITIONS}/{id}")),
    "list": (5, lambda user, id, size: user.get()),
    "$filter": (5, lambda user, id, size: user.get(f"{POSITIONS}?$filter=startswith(detail/summary,'x')")),
    "$select": (8, lambda user, id, size: user.get(f"{POSITIONS}?$select=detail")),
    "POST of numbers": (50, lambda user, id, size: user.post(data=numbers(size))),
    "batch of POST": (5, together),
    "batch of PATCH": (6, changes),
    "batch of GET": (6, reads),
    "batch with POST of levels": (5, lambda user, id, size: user.post(data=nested(size), path="/$batch")),
    "POST of objects": (9, lambda user, id, size: user.post(data=objects(size))),
}


@pytest.fixture(scope="module")
def alone(state, module, sanitizers, sanitizer_reports):
    with Server(state / "alone", module, sanitizers, ALONE) as server:
        yield server


@pytest.mark.threads
@pytest.mark.parametrize("asked", ASKED)
def test_the_peak_of_a_request(alone, sanitizers, asked):
    """The additional peak of a child, after small requests, while it serves a large one."""
    most, ask = ASKED[asked]
    alone.log.mark()
    for size in (1 << 10, 16 << 10, 64 << 10, 1000 << 10):
        user = Victim(alone)
        user.session.headers["Connection"] = "close"  # frees the only thread for the next request
        id = user.create()["id"]
        if "POST" not in asked:
            assert user.patch(id, data=sized(size)).status == 200
        before = children(alone)
        assert alone.httpd.control("-k", "restart").returncode == 0
        wait_until(lambda: children(alone) and set(children(alone)).isdisjoint(before))
        for _ in range(2):
            small = Victim(alone)
            small.session.headers["Connection"] = "close"
            for warm in ASKED.values():
                assert warm[1](small, small.create()["id"], 100).status in (200, 201)
        [child] = children(alone)
        Path(f"/proc/{child}/clear_refs").write_text("5")  # resets VmHWM
        held = kilobytes(child, "VmRSS")
        answer = ask(user, id, size)
        assert answer.status in (200, 201)
        peak = kilobytes(child, "VmHWM") - held
        length = max(size, len(answer.content))
        print(f"{asked}, {size >> 10} KiB, answer {len(answer.content) >> 10} KiB: peak {peak} KiB,"
              f" {(peak << 10) / length:.1f} times")
        # The kernel counts in batches of 64 pages.
        assert sanitizers or peak << 10 < most * length + (512 << 10), (size, peak)
    alone.log.check()


# ---- memory exhaustion ----

@pytest.mark.threads
def test_memory_runs_out(state, module, sanitizers, sanitizer_reports):
    """If httpd gets no more memory, a child ends, as httpd intends, together with its requests; no answer is
    incomplete, and another child serves the next request."""
    server = Server(state / "poor", module, {**sanitizers, "MALLOC_ARENA_MAX": "1"},
                    ONE_CHILD + "ThreadsPerChild 4\nMaxRequestWorkers 4\nOIDCCacheShmMax 500\n")  # of Debian 13: 165 MB
    if not sanitizers:  # they reserve the whole address space
        server.httpd.enter = ["prlimit", f"--as={160 << 20}"]
    with server:
        user = Victim(server)
        server.log.allow("exit signal Abort|the database cannot be reached|is reached again|dbd:error")
        made = [user.create()["id"] for _ in range(3)]
        ended = 0
        for size in (2_000_000, 6_000_000, 9_000_000, 13_000_000, 18_000_000):  # far more than the module keeps
            rich = Victim(server)
            with closing(server.connect()) as connection:
                fill(connection.cursor(), rich.id, 1, size)
            for query in ("", "?$select=detail", "?$filter=startswith(id,'0')"):
                try:
                    answer = rich.get(POSITIONS + query)
                    assert answer.status in (200, 503), answer.content
                    assert answer.status != 200 or len(answer.content) > size
                except OSError:
                    ended += 1
        wait_until_served(user)
        stored = [row[0] for row in user.rows()]
        assert set(made) < set(stored) and user.read(made[0])
        assert sanitizers or ended > 0
        server.log.check()
