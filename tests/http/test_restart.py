# SPDX-License-Identifier: Apache-2.0
"""Graceful restarts: the remains of one generation do not affect the next."""

import os
import re
import signal
from pathlib import Path

import pytest
from lib.client import wait_until
from lib.outage import Victim, wait_until_served
from lib.server import Server
from dev.httpd import CONFIG
from test_status import OURS, WATCHED, fetch, numbers

LOST = "AH00488: long lost child came home"  # httpd's own, if restarts follow quickly

# The lines by which a host serves positions, and those that load the module.
PARTS = re.compile(r"^LoadModule (?:dbd|graphprofile)_.*\n|^LogLevel .*\n|" + OURS.pattern,
                   re.MULTILINE)


def generation(server):
    return re.search(r"ParentServerConfigGeneration: (\d+)", fetch(server, "/status?auto").text)[1]


def restart(server):
    """Restart gracefully; return when the new generation answers."""
    before = generation(server)
    os.kill(server.httpd.pid(), signal.SIGUSR1)
    wait_until(lambda: generation(server) != before)


def footprint(server):
    """The parent's memory in KiB, its files, and its mappings."""
    process = Path(f"/proc/{server.httpd.pid()}")
    rss = re.search(r"VmRSS:\s+(\d+) kB", (process / "status").read_text())[1]
    return int(rss), len(list((process / "fd").iterdir())), \
        (process / "maps").read_text().count("\n")


def test_graceful_restarts_leak_nothing(state, module, sanitizers, sanitizer_reports):
    server = Server(state / "graceful", module, sanitizers, WATCHED)
    try:
        server.start()
        server.log.allow(LOST)
        for count in range(1, (41 if sanitizers else 101)):
            restart(server)
            if count == 20:
                rss, files, mappings = footprint(server)
            if count % 20 == 0:
                wait_until_served(Victim(server))
        now = footprint(server)
        assert now[1] == files, (files, now)
        # Without the module it grows by about 170 KiB, and with it by the same. Sanitizers use additional
        # memory.
        assert sanitizers or (now[0] <= rss + 512 and now[2] <= mappings + 10), (rss, mappings, now)
        wait_until(lambda: numbers(server)["Create2xx"] == count // 20)  # counters continue
        server.log.check()
    finally:
        server.stop()


@pytest.mark.http1
def test_enabled_disabled_and_enabled_by_reloads(state, module, sanitizers, sanitizer_reports):
    server = Server(state / "enabled", module, sanitizers)
    parts = "".join(PARTS.findall(CONFIG.read_text()))
    assert parts.count("DBD") == 6 and parts.count("graphprofile_module") == 1
    config = server.state / "without.conf"
    config.write_text(PARTS.sub("", CONFIG.read_text()))
    server.httpd.config = config
    status = "LogLevel warn ssl:error\n" + WATCHED.partition("<LocationMatch")[0]
    extra = server.state / "conf.d" / "extra.conf"
    try:
        server.httpd.extra = status
        server.start()
        server.log.allow(LOST)
        user = Victim(server)
        for created in (1, 2):
            # <Directory />; ending children may still accept a connection or two
            wait_until(lambda: user.get().status == 403 and not numbers(server))
            extra.write_text(status + parts)
            restart(server)
            user.session.close()  # children of worker and prefork stay for open connections
            wait_until_served(user)
            wait_until(lambda: numbers(server)["Create2xx"] == created)
            extra.write_text(status)
            restart(server)
            user.session.close()
        server.log.check()
    finally:
        server.stop()
