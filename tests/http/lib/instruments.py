# SPDX-License-Identifier: Apache-2.0
"""Instruments for httpd: sanitizers and gcov's counters, if the module is built with them, and valgrind.

The children of httpd write reports and counters as another user, into a folder that this user can enter.
"""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

PRELOAD = Path(__file__).resolve().parents[2] / "preload"


def _library(name: str) -> str:
    asked = subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True)
    return asked.stdout.strip()


class Instruments:
    def __init__(self, module: Path, folder: Path, valgrind: bool = False):
        self.module = module
        self.folder = folder
        self.log = folder / "report"
        text = module.read_bytes()
        self.is_counting = b"__gcov_dump" in text
        self.environment = {}  # httpd needs it in its environment
        folder.chmod(0o777)
        if self.is_counting:
            self.environment.update(GCOV_PREFIX=str(folder), GCOV_PREFIX_STRIP=str(len(module.parent.parts) - 1))
        if b"__asan_init" in text:
            # Pools do not free single blocks: other tools look for leaks.
            self.environment.update(
                LD_PRELOAD=_library("libasan.so"), ASAN_OPTIONS=f"detect_leaks=0:log_path='{self.log}'",
                UBSAN_OPTIONS=f"print_stacktrace=1:halt_on_error=1:log_path='{self.log}'")
        if os.environ.get("GP_APR"):  # an APR with pool debugging (dev/apr-pool-debug)
            self.environment["LD_LIBRARY_PATH"] = os.environ["GP_APR"]
        if b"__tsan_init" in text:
            # httpd's children exit in a signal handler, in which OpenSSL frees memory.
            self.environment.update(
                LD_PRELOAD=_library("libtsan.so"), TSAN_OPTIONS=f"report_signal_unsafe=0:log_path='{self.log}'"
                                                                f":suppressions='{PRELOAD / 'tsan.supp'}'")
        if valgrind:
            self.environment.update(LD_PRELOAD=str(module.parent / "tests" / "pools.so"))
            os.environ["GP_UNDER"] = shlex.join([  # for dev/httpd.py
                "valgrind", "-q", f"--log-file={self.log}.%p", f"--suppressions={PRELOAD / 'valgrind.supp'}",
                "--num-callers=30", "--error-limit=no", "--keep-debuginfo=yes", "--leak-check=full",
                "--show-leak-kinds=definite"])

    def reports(self) -> list:
        return [text for text in (file.read_text() for file in self.folder.glob("report*")) if text]

    # ---- gcov's counters ----

    def _counters(self):
        """The files beside the module, and the place where httpd finds them."""
        for notes in [file for pattern in ("*.gcno", "src/*/*.gcno", "tools/*.gcno")
                      for file in self.module.parent.glob(pattern)]:
            ours = notes.with_suffix(".gcda")
            yield ours, self.folder / ours.relative_to(self.module.parent)

    def lend_counters(self) -> None:
        """Let every child write the counters: a child continues from the present ones."""
        for ours, theirs in self._counters() if self.is_counting else ():
            theirs.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ours, theirs) if ours.exists() else theirs.touch()
            theirs.chmod(0o666)

    def take_counters(self) -> None:
        for ours, theirs in self._counters() if self.is_counting else ():
            if theirs.stat().st_size > 0:
                shutil.copy(theirs, ours)
