# SPDX-License-Identifier: Apache-2.0
"""Readers and writers of a few positions, and a judge of what they were told.

Writers count: each reads a position and writes the next number by If-Match. So the number of every
version tells its place in the chain, the ETag tells the version, and it is decided exactly whether a
history is linearizable: every version was made once, from the one before it, by somebody who was told so
or was told nothing; and nobody saw an older version than what anybody knew before they asked.
"""

import threading
import time
import uuid
from bisect import bisect_left
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import List, NamedTuple, Optional

from lib import batches
from lib.client import User, wait_until

PATH = "/me/profile/positions"


class Event(NamedTuple):
    """One request: when it began and ended, and the ETags before and after it. A read has no `before`; a
    write of which it was not told whether it was carried out has no `after`. `value` is the number that
    was read, or that was to be written."""
    began: float
    ended: float
    before: Optional[str]
    after: Optional[str]
    value: int


def faults(first: str, last: str, value: int, events: List[Event]) -> List[str]:
    """What is wrong with a history that began at 0 with the ETag `first` and ended at `value` with `last`."""
    found = []
    writes = [event for event in events if event.before is not None]
    done = [event for event in writes if event.after is not None]
    untold = {event.value for event in writes if event.after is None}

    # A number is an ETag, and an ETag is a number.
    named = {(0, first), (value, last)}
    named |= {(event.value, event.after) for event in events if event.after is not None}
    named |= {(event.value - 1, event.before) for event in writes}
    for place, what in (0, "number"), (1, "ETag"):
        found += [f"the {what} {key} is of {times} versions"
                  for key, times in Counter(pair[place] for pair in named).items() if times > 1]

    # Each was made once.
    found += [f"{etag} was consumed {times} times"
              for etag, times in Counter(event.before for event in done).items() if times > 1]
    made = {event.value for event in done}
    found += [f"{number} was acknowledged and is lost" for number in made if number > value]
    found += [f"nobody made {number}" for number in range(1, value + 1) if number not in made | untold]

    # Real time: what was known when a request began is not newer than what it saw, nor as new as what it
    # made; and nobody saw what nobody had begun to write.
    known = sorted((event.ended, event.value) for event in events if event.after is not None)
    ends, newest = [end for end, _ in known], list(accumulate((seen for _, seen in known), max))
    begun = {0: float("-inf")}
    for event in writes:
        begun[event.value] = min(event.began, begun.get(event.value, event.began))
    for event in events:
        if event.after is None:
            continue
        before = bisect_left(ends, event.began)
        if before and newest[before - 1] > event.value - (event.before is not None):
            found.append(f"{event.value} came after {newest[before - 1]} was known")
        if event.ended < begun.get(event.value, event.ended):
            found.append(f"{event.value} was seen before it was written")
    return found


class Crowd:
    """Some users' worth of threads that all are one owner: `writers` count, `readers` read one position or
    all, `makers` create and delete, `batchers` count on all positions and create, in one batch. Use as a context; then
    `judge`."""

    def __init__(self, server, owner, positions=3, writers=6, readers=3, makers=2, batchers=2):
        self.server = server
        self.owner = owner
        self.first = {}
        for _ in range(positions):
            made = owner.create({"detail": {"layer": 0}})
            self.first[made["id"]] = made["@odata.etag"]
        self.events = defaultdict(list)
        self.created = {}  # the mark of each position -> its id, or None where it was not told
        self.deleted = {}  # the id of each -> whether it was told
        self.statuses = Counter()
        self.longest = 0.0
        self.end = threading.Event()
        self.work = [self._write] * writers + [self._read] * readers + [self._make] * makers \
            + [self._batch] * batchers

    def __enter__(self):
        self.pool = ThreadPoolExecutor(len(self.work))
        self.running = [self.pool.submit(self._until_the_end, work, turn)
                        for turn, work in enumerate(self.work)]
        return self

    def __exit__(self, *_):
        self.end.set()
        self.pool.shutdown()

    def _until_the_end(self, work, turn):
        user = User(self.server, id=self.owner.id)
        try:
            while not self.end.is_set():
                turn += 1
                work(user, list(self.first)[turn % len(self.first)])
        finally:
            self.end.set()

    def _ask(self, allowed, send, *arguments, **options):
        """An answer with its times; None where it was not told what became of the request."""
        began = time.monotonic()
        try:
            answer = send(*arguments, **options)
        except OSError:
            answer = None
        ended = time.monotonic()
        self.longest = max(self.longest, ended - began)
        status = answer.status if answer else None
        self.statuses[status] += 1
        assert status in {None, 503, 504, *allowed}, answer.content
        return answer if status in allowed else None, began, ended

    def _saw(self, began, ended, entity):
        self.events[entity["id"]].append(
            Event(began, ended, None, entity["@odata.etag"], entity["detail"]["layer"]))

    def _read(self, user, id):
        answer, began, ended = self._ask({200}, user.get, f"{PATH}/{id}")
        if answer:
            self._saw(began, ended, answer.json)
        answer, began, ended = self._ask({200}, user.get, f"{PATH}?$filter=detail/layer ge 0")
        if answer:
            assert {entity["id"] for entity in answer.json["value"]} == set(self.first)
            for entity in answer.json["value"]:
                self._saw(began, ended, entity)

    def _write(self, user, id):
        answer, began, ended = self._ask({200}, user.get, f"{PATH}/{id}")
        if not answer:
            return
        self._saw(began, ended, answer.json)
        before, value = answer.json["@odata.etag"], answer.json["detail"]["layer"] + 1
        answer, began, ended = self._ask({200, 412}, user.patch, id, {"detail": {"layer": value}},
                                         headers={"If-Match": before})
        if not answer or answer.status == 200:
            self.events[id].append(
                Event(began, ended, before, answer.json["@odata.etag"] if answer else None, value))

    def _make(self, user, _):
        mark = str(uuid.uuid4())
        answer, _, _ = self._ask({201}, user.post, {"detail": {"jobTitle": mark}})
        self.created[mark] = answer.json["id"] if answer else None
        if not answer:
            return
        id = answer.json["id"]
        self._ask({200}, user.get, f"{PATH}/{id}")  # what was acknowledged is there at once
        if len(self.created) % 2:
            answer, _, _ = self._ask({204}, user.delete, id)
            self.deleted[id] = answer is not None
            if answer:
                self._ask({404}, user.get, f"{PATH}/{id}")

    def _ask_batch(self, user, requests, allowed):
        """The responses by id, with the times; none where nothing was told. A status beyond those allowed is a fault."""
        answer, began, ended = self._ask({200}, user.post, {"requests": requests}, "/$batch")
        got = {one["id"]: one for one in answer.json["responses"]} if answer else {}
        assert not answer or (len(got) == len(answer.json["responses"]) and set(got) == {one["id"] for one in requests})
        for one in got.values():
            assert one["status"] in {503, 504, *allowed}, one
            self.statuses["batched", one["status"]] += 1
        return {id: one for id, one in got.items() if one["status"] in allowed}, began, ended

    def _batch(self, user, _):
        got, began, ended = self._ask_batch(user, [batches.get(f"{PATH}/{id}", id=id) for id in self.first], {200})
        known = {id: one["body"] for id, one in got.items()}
        for entity in known.values():
            self._saw(began, ended, entity)
        marks = [str(uuid.uuid4()) for _ in range(4)]
        writes = [batches.patch(id, {"detail": {"layer": entity["detail"]["layer"] + 1}}, id=id,
                                headers={"If-Match": entity["@odata.etag"]}) for id, entity in known.items()]
        got, began, ended = self._ask_batch(
            user, writes + [batches.post({"detail": {"jobTitle": mark}}, id=mark) for mark in marks], {200, 201, 412})
        for mark in marks:
            self.created[mark] = got[mark]["body"]["id"] if mark in got else None
        for id, entity in known.items():
            if id not in got or got[id]["status"] == 200:
                self.events[id].append(Event(began, ended, entity["@odata.etag"], got[id]["body"]["@odata.etag"] if id in got else None,
                                             entity["detail"]["layer"] + 1))

    def _outcome(self, id):
        """What is there in the end. Each child of httpd finds out for itself that the database is back."""
        answers = []
        wait_until(lambda: answers.append(self.owner.get(f"{PATH}/{id}")) or answers[-1].status != 503)
        assert answers[-1].status == 200, answers[-1].content
        return answers[-1].json

    def judge(self) -> List[str]:
        """What is wrong with all that they were told."""
        found = []
        for one in self.running:
            one.result()
        for id, first in self.first.items():
            now = self._outcome(id)
            found += faults(first, now["@odata.etag"], now["detail"]["layer"], self.events[id])
        rows = Counter()
        for id, mark in self.owner.rows("id::text, document::jsonb #>> '{detail,jobTitle}'"):
            if id in self.first:
                continue
            rows[mark] += 1
            if mark not in self.created:
                found.append(f"nobody created {id}")
            elif self.created[mark] not in (id, None):
                found.append(f"{id} is another's")
            elif self.deleted.get(id):
                found.append(f"{id} was deleted and is there")
        for mark, id in self.created.items():
            if rows[mark] > 1:
                found.append(f"{mark} is there {rows[mark]} times")
            if id and not rows[mark] and id not in self.deleted:
                found.append(f"{id} was acknowledged and is lost")
        return found
