# SPDX-License-Identifier: Apache-2.0
"""Imports that are killed while a server uses the same tables."""

import json
import random
import signal
import time
import uuid

from lib.client import User, wait_until
from lib.history import Crowd
from lib.odata import random_document
from lib.program import Program, line

KILLS = 20
COLUMNS = "owner_id, id, audiences, source, external_id, modified_by"
STAMPS = '"(created|lastModified)DateTime":"[^"]*"'


def state_of(postgres, source, name="graphprofile"):
    """All rows of a source, without the values that differ between runs."""
    return postgres.psql(f"SELECT {COLUMNS}, regexp_replace(document, '{STAMPS}', '', 'g') FROM graphprofile.position"
                         f" WHERE source = '{source}' ORDER BY owner_id, id", name)


def test_an_import_that_is_killed_again_and_again(program, module, sanitizers, server, user, log):
    """Killed and repeated until it ends, an import leaves the result of one clean run: creations, changes and
    a removal. Meanwhile, readers and writers of other positions of the same owners see a linearizable
    history."""
    source = f"hr-{user.id}"
    dice = random.Random(11)
    owners = [str(uuid.uuid4()) for _ in range(200)] + [user.id]
    old = [line(dice.choice(owners[:-1]), str(number), random_document(dice)) for number in range(1500)]
    new = [text if number % 3 else line(json.loads(text)["owner"], str(number), random_document(dice))
           for number, text in enumerate(old)][200:]
    new += [line(dice.choice(owners[:-1]), str(number), random_document(dice)) for number in range(1500, 6000)]
    arguments = ["--source", source, "--batch", "100", "--replace", "--max-removed", "50", "--json"]
    program.load(old, *arguments)

    with Crowd(server, user) as crowd:
        kills, took = 0, 1.0
        while True:
            began = time.monotonic()
            running = program.start("import", *arguments, stdin=-1, stdout=-1, stderr=-1)
            if kills < KILLS:
                try:
                    running.stdin.write("".join(new).encode()[:dice.randrange(200000, 3000000)])
                    running.stdin.flush()
                    time.sleep(dice.uniform(0, 0.3))
                except BrokenPipeError:
                    pass
                kills += running.poll() is None
                running.send_signal(signal.SIGKILL)
                running.communicate()
                continue
            told = json.loads(running.communicate("".join(new).encode())[0])
            took = time.monotonic() - began
            assert running.returncode == 0 and told["lines"] == len(new)
            break
        wait_until(lambda: crowd.end.is_set() or min(len(events) for events in crowd.events.values()) > 10)
    assert crowd.judge() == []
    assert told["removed"] == 200 and 0 < told["created"] + told["unchanged"] < len(new) + 1

    # A clean run in another database.
    name = f"clean_{uuid.uuid4().hex}"
    server.postgres.create_database(name)
    clean = Program(module, sanitizers, server.postgres, name)
    clean.load(old, *arguments)
    clean.load(new, *arguments)
    assert state_of(server.postgres, source) == state_of(server.postgres, source, name)
    server.postgres.psql(f"DROP DATABASE {name}", "postgres")
    print(f"{kills} kills, the last run {took:.1f} s, {told}, {dict(crowd.statuses)}")


def test_changes_of_clients_and_of_an_import_at_once(program, server, user, database):
    """Changes of the same rows: each acknowledged change of a client, based on the version that it had read,
    exists or was undone by a later import; no ETag names two contents."""
    lines = [[line(user.id, str(number), {"detail": {"layer": layer}}) for number in range(5)] for layer in (1, 2)]
    program.load(lines[0])
    ids = [row[0] for row in user.rows()]
    seen, refused, done = {}, 0, 0
    one = User(server, id=user.id)
    end = time.monotonic() + 3
    running = None
    turn = 0
    while time.monotonic() < end or done <= 20 or turn <= 3:
        assert time.monotonic() < end + 120
        if running is None or running.poll() is not None:
            if running is not None:
                assert running.returncode == 0
            turn += 1
            running = program.start("import", stdin=-1, stdout=-1)
            running.stdin.write("".join(lines[turn % 2]).encode())
            running.stdin.close()
        id = random.choice(ids)
        before = one.read(id)
        assert seen.setdefault(before["@odata.etag"], before) == before
        answer = one.patch(id, {"isCurrent": not before["isCurrent"]}, headers={"If-Match": before["@odata.etag"]})
        assert answer.status in (200, 412), answer.content
        refused, done = refused + (answer.status == 412), done + (answer.status == 200)
        if answer.status == 200:
            assert answer.json["detail"]["layer"] == before["detail"]["layer"]
            assert seen.setdefault(answer.json["@odata.etag"], answer.json) == answer.json
    running.wait()
    for text, expected in zip(lines, (1, 2)):
        program.load(text)
        assert {one.read(id)["detail"]["layer"] for id in ids} == {expected}
    print(f"{done} changes, {refused} refused, {turn} imports")
