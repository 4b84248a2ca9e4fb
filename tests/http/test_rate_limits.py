# SPDX-License-Identifier: Apache-2.0
"""conf/rate-limits.conf with the real mod_qos: 429 as Graph answers it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from lib.client import User, wait_for_lock, wait_until
from lib.outage import ONE_CHILD, be_patient
from lib.server import ROOT, Server

SAMPLE = (ROOT / "conf/rate-limits.conf").read_text()
# The sample allows more requests than a test should send; and the clients of the test share an address.
FEWER = {"QS_ClientEventLimitCount 600 60": "QS_ClientEventLimitCount 20 60",
         "QS_ClientEventRequestLimit 40": "QS_ClientEventRequestLimit 3",
         "#QS_ClientIpFromHeader": "QS_ClientIpFromHeader"}
# Debian 12 links its mod_qos without a library for regular expressions, as the sample states.
PCRE = "".join(f'LoadFile "{library}"\n' for library in Path("/usr/lib").glob("*-linux-gnu/libpcre.so.3"))


def sample():
    text = SAMPLE
    for line, fewer in FEWER.items():
        assert text.count(line) == 1
        text = text.replace(line, fewer)
    return text


@pytest.fixture(scope="module")
def limited(state, module, sanitizers, sanitizer_reports):
    with Server(state / "limited", module, sanitizers, ONE_CHILD + f"""
        {PCRE}
        LoadModule qos_module "${{GP_MODULES}}/mod_qos.so"
        LoadModule setenvif_module "${{GP_MODULES}}/mod_setenvif.so"
        LoadModule headers_module "${{GP_MODULES}}/mod_headers.so"
        {sample()}
        """) as server:
        be_patient(server)
        yield server


@pytest.fixture
def somebody(limited):
    with limited.connect() as connection:
        limited.log.mark()
        limited.log.allow(r"\[qos:")
        yield User(limited, connection.cursor())
        limited.log.check()


def ask(user, address, method="GET", **options):
    return user.request(method, headers={"X-Forwarded-For": address}, **options)


@pytest.mark.measures_time
def test_too_many_requests_get_retry_after(somebody):
    started = time.monotonic()
    answers = [ask(somebody, "192.0.2.1") for _ in range(25)]
    statuses = [answer.status for answer in answers]
    served = statuses.count(200)
    assert served in (19, 20) and statuses[served:] == [429] * (25 - served), statuses
    refused = answers[-1]
    assert refused.error["code"] == "TooManyRequests" and "retry" in refused.error["message"].lower()
    assert 60 - (time.monotonic() - started) - 2 <= int(refused.headers["Retry-After"]) <= 60
    # Another address is not refused, and a refused request does not reach the database.
    assert ask(somebody, "192.0.2.2").status == 200
    answer = ask(somebody, "192.0.2.1", "POST", body={})
    assert answer.status == 429 and not somebody.rows()
    assert somebody.server.log.find("429 TooManyRequests by another module or httpd, request-id "
                                    + answer.headers["request-id"])


@pytest.mark.threads
def test_too_many_concurrent_requests_are_refused(somebody):
    barrier = threading.Barrier(8)

    def post(_):
        user = User(somebody.server, id=somebody.id)
        barrier.wait()
        return ask(user, "192.0.2.3", "POST", body={})

    with somebody.server.connect() as connection, connection.cursor() as cursor, ThreadPoolExecutor(8) as pool:
        connection.autocommit = False
        cursor.execute("LOCK graphprofile.position IN EXCLUSIVE MODE")
        answers = [pool.submit(post, number) for number in range(8)]
        wait_for_lock(somebody.server)
        wait_until(lambda: sum(answer.done() for answer in answers) >= 5)  # they are refused at once
        connection.rollback()
        answers = [answer.result() for answer in answers]
    assert sorted(answer.status for answer in answers) == [201] * 3 + [429] * 5
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.error["code"] == "TooManyRequests" and int(refused.headers["Retry-After"]) >= 1
    assert len(somebody.rows()) == 3
