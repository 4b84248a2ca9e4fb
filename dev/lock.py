# SPDX-License-Identifier: Apache-2.0
"""Locks on the folders in run/: two runs in one checkout must not use the same servers.

The lock of run/NAME is run/NAME.lock. The kernel releases it when its holder ends, even after a crash. The
file stays, and contains the holder's process id.
"""

import fcntl
import os
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator, Optional


class InUse(SystemExit):
    """Another process holds the lock."""


def _holder(folder: Path, file) -> str:
    file.seek(0)
    return f"{folder} is in use by process {file.read().strip() or 'unknown'}"


@contextmanager
def hold(folder: Path, wait: Optional[Callable[[str], None]] = None) -> Iterator[None]:
    """Hold the lock of a folder. If another process holds it: without `wait`, raise InUse; with `wait`, call
    it with a message and wait for the lock."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_name(folder.name + ".lock"), "a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if wait is None:
                raise InUse(f"{_holder(folder, file)}: wait until that ends") from None
            wait(f"{_holder(folder, file)}: waiting until that ends")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        print(os.getpid(), file=file, flush=True)
        yield
