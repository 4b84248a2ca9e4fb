# SPDX-License-Identifier: Apache-2.0
"""What memory of httpd requests take, and give back: many of them, and the largest alone."""

import statistics

import pytest
from client import wait_until
from conftest import Server
from processes import children, kilobytes
from test_outage import ONE_CHILD, Victim, wait_until_served
from traffic import Traffic


@pytest.mark.threads
def test_the_memory_of_many_requests(state, module, sanitizers, sanitizer_reports, request):
    """Requests of every kind to one child: what it holds does not grow with their number. It does in steps
    until each thread and each of malloc's arenas has met the largest; `make soak` sends enough to see the end."""
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
    pairs = zip(samples[8:], samples[9:])  # once most have
    slope = statistics.median((after - before) / (more - few) for (few, before), (more, after) in pairs)
    growth = max(held for _, held in samples[1:]) - samples[1][1]
    print(f"{traffic.count} requests; KiB held: {[held // 1024 for _, held in samples]};"
          f" {slope:.2f} bytes a request, {growth // 1024} KiB in all after {samples[1][0]} requests")
    if not sanitizers:  # they keep back what is freed
        assert slope < 32, samples
        assert growth < 1 << 20 or not is_soak, samples
