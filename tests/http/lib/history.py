# SPDX-License-Identifier: Apache-2.0
"""Readers and writers of a few positions, and a judge of their answers.

Writers count: each reads a position and writes the next number with If-Match. So the number of a version is its index in
the chain, and its ETag identifies it. This decides exactly whether a history is linearizable: one write made every
version from the version before it, and this write was acknowledged or has an unknown outcome; and no request returned an
older version than any that was known when the request began.
"""

import threading
import time
import uuid
from bisect import bisect_left
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import List, NamedTuple, Optional

import requests
from lib import batches
from lib.client import User, wait_until

PATH = "/me/profile/positions"


class Event(NamedTuple):
    """One request: the times of its begin and end, and the ETags before and after it. A read has no `before`. A write
    with an unknown outcome has no `after`. `value` is the number that was read or sent."""
    began: float
    ended: float
    before: Optional[str]
    after: Optional[str]
    value: int


def faults(first: str, last: str, value: int, events: List[Event]) -> List[str]:
    """Return the faults of a history that began at 0 with the ETag `first` and ended at `value` with `last`."""
    found = []
    writes = [event for event in events if event.before is not None]
    done = [event for event in writes if event.after is not None]
    untold = {event.value for event in writes if event.after is None}

    # Each number has one ETag, and each ETag one number.
    named = {(0, first), (value, last)}
    named |= {(event.value, event.after) for event in events if event.after is not None}
    named |= {(event.value - 1, event.before) for event in writes}
    for place, what in (0, "number"), (1, "ETag"):
        found += [f"the {what} {key} is of {times} versions"
                  for key, times in Counter(pair[place] for pair in named).items() if times > 1]

    # One write made each version.
    found += [f"{etag} was consumed {times} times"
              for etag, times in Counter(event.before for event in done).items() if times > 1]
    made = {event.value for event in done}
    found += [f"{number} was acknowledged and is lost" for number in made if number > value]
    found += [f"nobody made {number}" for number in range(1, value + 1) if number not in made | untold]

    # Real time: a read returns no older version than any known when it began, and a write makes a newer one. No request
    # returns a version before the write of that version has begun.
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
    """Threads that all send requests of one owner: `writers` count, `readers` read one position or all, `makers` create
    and delete, `batchers` count in all positions and create positions, in one batch. Use it as a context, then call
    `judge`."""

    def __init__(self, server, owner, positions=3, writers=6, readers=3, makers=2, batchers=2):
        self.server = server
        self.owner = owner
        self.first = {}
        for _ in range(positions):
            made = owner.create({"detail": {"layer": 0}})
            self.first[made["id"]] = made["@odata.etag"]
        self.events = defaultdict(list)
        self.created = {}  # mark of each created position -> its id, or None if the create was not acknowledged
        self.deleted = {}  # id of each position to delete -> whether the deletion was acknowledged
        self.statuses = Counter()
        self.longest = 0.0
        self.acknowledged = 0  # creates, changes and deletions outside of batches
        self.untold = {None, 503, 504}  # statuses that leave the outcome unknown; None is a broken connection
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

    @property
    def unknown(self) -> int:
        """The number of requests whose outcome the client does not know."""
        return sum(self.statuses[status] for status in self.untold)

    @property
    def _is_long(self) -> bool:
        """Then few positions stay, because searches go over all of them."""
        return len(self.created) > 400

    def more(self, number=60) -> None:
        """Wait for this many further acknowledged writes."""
        goal = self.acknowledged + number
        wait_until(lambda: self.acknowledged >= goal or self.end.is_set())

    def _until_the_end(self, work, turn):
        user = User(self.server, id=self.owner.id)
        try:
            while not self.end.is_set():
                turn += 1
                work(user, list(self.first)[turn % len(self.first)])
        finally:
            self.end.set()

    def _ask(self, allowed, send, *arguments, **options):
        """Return the answer and its times; None instead of an answer if the outcome is unknown."""
        began = time.monotonic()
        try:
            answer = send(*arguments, **options)
        except OSError as error:
            assert not isinstance(error, requests.Timeout), "a request hangs"
            answer = None
        ended = time.monotonic()
        self.longest = max(self.longest, ended - began)
        status = answer.status if answer else None
        self.statuses[status] += 1
        self.acknowledged += status in (201, 204)
        assert status in {*self.untold, *allowed}, answer.content
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
        self.acknowledged += bool(answer and answer.status == 200)
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
        self._ask({200}, user.get, f"{PATH}/{id}")  # an acknowledged position exists at once
        if len(self.created) % 2 or (self._is_long and len(self.created) % 50):
            answer, _, _ = self._ask({204}, user.delete, id)
            self.deleted[id] = answer is not None
            if answer:
                self._ask({404}, user.get, f"{PATH}/{id}")

    def _ask_batch(self, user, requests, allowed):
        """Return the responses by id, and the times; no response if the outcome is unknown. Any other status than 503,
        504 and those allowed is a fault."""
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
        self._delete_batch(user, [got[mark]["body"]["id"] for mark in marks if mark in got])
        for id, entity in known.items():
            if id not in got or got[id]["status"] == 200:
                self.events[id].append(Event(began, ended, entity["@odata.etag"], got[id]["body"]["@odata.etag"] if id in got else None,
                                             entity["detail"]["layer"] + 1))

    def _delete_batch(self, user, made):
        """Delete positions in one batch: all, or at first all but one."""
        doomed = made if self._is_long else made[1:]
        if not doomed:
            return
        got, _, _ = self._ask_batch(user, [batches.delete(id, id=id) for id in doomed], {204})
        for id in doomed:
            self.deleted[id] = id in got

    def _outcome(self, id):
        """Read a position at the end. Until each child of httpd has reached the database again, it answers 503."""
        answers = []
        wait_until(lambda: answers.append(self.owner.get(f"{PATH}/{id}")) or answers[-1].status != 503)
        assert answers[-1].status == 200, answers[-1].content
        return answers[-1].json

    def judge(self) -> List[str]:
        """Return the faults of all answers."""
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
