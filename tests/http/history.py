# SPDX-License-Identifier: Apache-2.0
"""Judges what readers and writers of one position saw while faults were injected.

Every version of a position has an ETag of its own, so that it is decided exactly whether a history is
linearizable: writes chain from the first version to the last, none consumes an ETag twice, and no read
is of a version before one that somebody had seen already.
"""

from typing import List, NamedTuple, Optional


class Event(NamedTuple):
    """One request: when it began and ended, and what it was told. `after` is None where it was not
    told whether it was carried out; a read has no `before`."""
    began: float
    ended: float
    before: Optional[str]
    after: Optional[str]
    value: int


def faults(first: str, last: str, value: int, events: List[Event]) -> List[str]:
    """What is wrong with a history, from the first version to the last, which has the value."""
    found = []
    writes = [event for event in events if event.before is not None]
    done = [event for event in writes if event.after is not None]
    unknown = [event for event in writes if event.after is None]
    consumed = [event.before for event in done]
    found += [f"{etag} was consumed twice" for etag in set(consumed) if consumed.count(etag) > 1]

    # The chain: what was acknowledged, with writes of unknown fate between.
    value_of, etag, steps, free = {first: 0}, first, {event.before: event for event in done}, len(unknown)
    count, position = 0, {first: 0}
    made = {event.after: event for event in done}
    while etag in steps:
        write = steps.pop(etag)
        count += 1
        if write.value != count:
            found.append(f"{write.after} has {write.value}, and {count} were done")
        etag = write.after
        value_of[etag], position[etag] = write.value, write.value
        if etag not in steps and etag != last:
            # Somebody's write whose fate was not told came next: go on behind it.
            follower = [event for event in done if event.value == count + 2 and event.before not in made
                        and event.before in steps]
            if free and follower:
                free -= 1
                count += 1
                etag = follower[0].before
                value_of[etag], position[etag] = count, count
    if steps:
        found.append(f"{len(steps)} acknowledged writes are in no chain")
    if not len(done) <= value <= len(done) + len(unknown):
        found.append(f"{len(done)} were acknowledged and {len(unknown)} unknown, but {value} were done")

    # Real time: nobody reads a version older than what anybody knew before they asked.
    known = sorted((event.ended, event.value) for event in events if event.after is not None)
    for event in events:
        if event.before is None:
            newest = max((seen for ended, seen in known if ended < event.began), default=0)
            if event.value < newest:
                found.append(f"a read of {event.value} after {newest} was known")
            if event.after in value_of and value_of[event.after] != event.value:
                found.append(f"{event.after} was read as {event.value}")
    return found
