# SPDX-License-Identifier: Apache-2.0
"""The most memory that a child of httpd takes while one ordinary account does its worst, at the default
limits: clients that do not read, and many concurrent requests for pages and changes of the largest
documents."""

import json
import threading
from contextlib import ExitStack, closing
from pathlib import Path

import h2.events
import h2.settings
import pytest
from lib.client import POSITIONS, Raw, wait_until
from lib.outage import ONE_CHILD, Victim, wait_until_served
from lib.processes import children, kilobytes
from lib.server import Server
from lib.sources import number_in_the_code
from test_hostile import H2
from test_paging import fill

pytestmark = [pytest.mark.http1, pytest.mark.threads]

MOST = 64 << 20  # the most bytes for a child

@pytest.fixture(scope="module")
def crowded(state, module, sanitizers, sanitizer_reports):
    with Server(state / "child-memory", module, {**sanitizers, "GP_HTTP2": "1"}, ONE_CHILD) as server:
        yield server


class Child:
    """The only child of a server that has just started, and its peak memory from now on."""

    def __init__(self, server):
        before = children(server)
        assert server.httpd.control("-k", "restart").returncode == 0
        wait_until(lambda: children(server) and set(children(server)).isdisjoint(before))
        wait_until_served(Victim(server))
        [self.pid] = children(server)
        self.server = server
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")  # resets VmHWM

    def peak(self) -> int:
        assert children(self.server) == [self.pid]
        return kilobytes(self.pid, "VmHWM") << 10


@pytest.fixture
def child(crowded, sanitizers, request):
    """Checks the peak of the child at the end."""
    crowded.log.mark()
    child = Child(crowded)
    yield child
    peak = child.peak()
    print(f"{request.node.name}: {peak / (1 << 20):.0f} MiB")
    crowded.log.check()
    assert sanitizers or peak < MOST, peak


# The smallest possible values: undeclared in 60 KB, as older versions could store them, and declared in the
# largest position.
NUMBERS = {"createdBy": {"user": {"n": [0] * 30_000}}}
TEXTS = {"categories": [""] * ((number_in_the_code("GP_DOCUMENT_BODIES") * number_in_the_code("GP_BODY_DEFAULT")
                                - 1000) // 3)}


def fill_with(server, owner, number, body):
    """Like fill, with a given document."""
    rest = json.dumps(body, separators=(",", ":"))[1:]
    with closing(server.connect()) as connection:
        cursor = connection.cursor()
        fill(cursor, owner, number, 0)
        cursor.execute("UPDATE graphprofile.position SET document = '{\"id\":\"' || id || '\",' || %s"
                       " WHERE owner_id = %s", (rest, owner))


def all_at_once(calls):
    """Runs each in a thread, and raises an exception of any of them."""
    failures = []

    def run(call):
        try:
            call()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def settle(child) -> None:
    """Waits until the child's memory does not grow for a second."""
    held = []

    def is_still():
        held.append(child.peak())
        return len(held) > 100 and held[-100] == held[-1]

    wait_until(is_still, 60)


def refused(server) -> int:
    """The number of requests of this test that were answered 503."""
    return sum(" 503 ServiceNotAvailable" in line for line in server.log.lines())


def ask_with_closed_windows(server, stack, user, streams) -> H2:
    """Requests a list on a number of streams of one connection, none of which can send its answer."""
    client = H2(server, window=0)
    stack.callback(client.socket.close)
    for _ in range(streams):
        client.request(user)
    client.flush()
    return client


def statuses(client, number) -> list:
    """Opens the windows; returns the sorted statuses of a number of streams."""
    client.connection.update_settings({h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1 << 20})
    client.connection.increment_flow_control_window(1 << 27)
    client.flush()
    found = []
    while len(found) < number:
        for event in client.receive():
            if isinstance(event, h2.events.ResponseReceived):
                found.append(dict(event.headers)[":status"])
        client.flush()
    return sorted(found)


def rich(server, number=100, size=65_000) -> Victim:
    """A user with a number of positions of about this size."""
    user = Victim(server)
    fill_with(server, user.id, number, {"detail": {"summary": "x" * size}})
    return user


def test_streams_whose_window_is_closed(child):
    """100 streams of one HTTP/2 connection, each for the list of 100 positions of 64 KiB: as many are answered as
    one connection may hold. The others are refused in time, and their threads serve other connections."""
    server = child.server
    user = rich(server)
    most = number_in_the_code("GP_ANSWERS_CONNECTION_MAX") // number_in_the_code("GP_PAGE_BYTES_MAX")
    with ExitStack() as stack:
        client = ask_with_closed_windows(server, stack, user, 100)
        wait_until(lambda: refused(server) == 100 - most)
        assert len(user.get().json["value"]) < 10
        assert statuses(client, 100) == ["200"] * most + ["503"] * (100 - most)


def test_many_connections_whose_windows_are_closed(child):
    """40 connections of three callers, two streams each: together they hold no more than the total limit."""
    server = child.server
    users = [rich(server) for _ in range(3)]
    most = number_in_the_code("GP_ANSWERS_MAX") // number_in_the_code("GP_PAGE_BYTES_MAX")
    with ExitStack() as stack:
        for number in range(40):
            ask_with_closed_windows(server, stack, users[number % 3], 2)
        wait_until(lambda: refused(server) == 80 - most)
        poor = Victim(server)
        assert poor.post({}).status == 201 and poor.get().status == 200
        assert users[0].get().status == 503
    wait_until(lambda: users[0].get().status == 200)


def test_a_caller_whose_clients_do_not_read_leaves_room(child):
    """40 connections of one caller, two streams each: half of the total limit stays for other callers."""
    server = child.server
    greedy, other = rich(server), rich(server)
    most = number_in_the_code("GP_ANSWERS_CALLER_MAX") // number_in_the_code("GP_PAGE_BYTES_MAX")
    with ExitStack() as stack:
        for _ in range(40):
            ask_with_closed_windows(server, stack, greedy, 2)
        wait_until(lambda: refused(server) == 80 - most)
        assert greedy.get().status == 503 and other.get().status == 200
    wait_until(lambda: greedy.get().status == 200)


def test_a_child_ends_before_its_answers_are_read(crowded):
    """It must not crash over memory that its clients still hold."""
    crowded.log.mark()
    user, before = rich(crowded, 10), children(crowded)
    with ExitStack() as stack:
        client = ask_with_closed_windows(crowded, stack, user, 4)
        answered = []

        def are_answered():  # headers pass a closed window; a PING has httpd look for them
            client.connection.ping(b"answered")
            client.flush()
            answered.extend(event for event in client.receive() if isinstance(event, h2.events.ResponseReceived))
            return len(answered) == 4

        wait_until(are_answered)
        assert crowded.httpd.control("-k", "restart").returncode == 0
        wait_until(lambda: children(crowded) and set(children(crowded)).isdisjoint(before))
    wait_until_served(Victim(crowded))
    crowded.log.check()


def test_small_answers_do_not_wait(child):
    """100 streams of one connection with small answers are all answered; of somewhat larger answers, only as many
    as the limit admits."""
    server, small = child.server, number_in_the_code("GP_ANSWERS_SMALL_MAX")
    with ExitStack() as stack:
        client = ask_with_closed_windows(server, stack, rich(server, 1, small - 2000), 100)
        assert statuses(client, 100) == ["200"] * 100
        ask_with_closed_windows(server, stack, rich(server, 2, small), 100)
        wait_until(lambda: refused(server) > 30)


def test_clients_that_do_not_read(child):
    """60 clients with HTTP/1.1 that request the same."""
    server = child.server
    user = rich(server)
    with ExitStack() as stack:
        for _ in range(60):
            raw = stack.enter_context(Raw(server))
            raw.send((f"GET /beta{POSITIONS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {user.token}\r\n\r\n"
                      ).encode())
        settle(child)


@pytest.mark.parametrize("query", ["", "?$select=id", "?$select=categories,createdBy", "?$orderby=id"])
@pytest.mark.parametrize("document", [NUMBERS, TEXTS], ids=["numbers", "texts"])
def test_pages_of_small_values(child, query, document):
    """25 concurrent requests, each for the 100 positions of another owner."""
    users = [Victim(child.server) for _ in range(5)]
    for user in users:
        fill_with(child.server, user.id, 100, document)

    def read(user):
        answer = user.get(POSITIONS + query)
        assert answer.status in (200, 503, 504), answer.content
        assert answer.status != 200 or answer.json["value"]

    all_at_once([lambda user=user: read(user) for user in users for _ in range(5)])


def test_documents_that_take_turns(child):
    """Documents larger than GP_SCRATCH_SMALL_MAX: as many threads as the limit, one fewer and one more."""
    small, turns = number_in_the_code("GP_SCRATCH_SMALL_MAX"), number_in_the_code("GP_SCRATCH_LARGE_MAX")
    for size in (small - 1, small, small + 1):
        user = rich(child.server, 1, size - 200)
        found = []
        for readers in (turns - 1, turns, turns + 1):
            all_at_once([lambda: found.append(user.get(f"{POSITIONS}?$select=detail").json["value"])] * readers)
        assert len(found) == 3 * turns and all(value == found[0] for value in found)
        assert len(found[0][0]["detail"]["summary"]) == size - 200


@pytest.mark.parametrize("document", [NUMBERS, TEXTS], ids=["numbers", "texts"])
@pytest.mark.parametrize("is_shared", [True, False], ids=["of one position", "of their own"])
def test_writers(child, document, is_shared, sanitizers):
    """24 concurrent writers that change the same large position, or one each, again and again. With sanitizers,
    which take ten times as long for a tree and whose memory is not checked, there are fewer."""
    writers = 6 if sanitizers else 24
    users = [Victim(child.server) for _ in range(1 if is_shared else writers)]
    for user in users:
        fill_with(child.server, user.id, 1, document)
    [made] = users[0].rows()[0]
    done = []

    def change(number):
        user = Victim(child.server, id=users[number % len(users)].id)
        for i in range(4):
            answer = user.patch(made, {"detail": {"layer": 100 * number + i}})
            assert answer.status in (200, 503, 504), answer.content
            done.append(answer.status)

    all_at_once([lambda number=number: change(number) for number in range(writers)])
    assert done.count(200) > 10


def test_bodies_of_small_values(child):
    """25 concurrent POSTs of the largest body that consists of the smallest values."""
    body = json.dumps({"categories": [""] * 21_000}, separators=(",", ":"))

    def create():
        for _ in range(4):
            assert Victim(child.server).post(data=body).status == 201

    all_at_once([create] * 25)
