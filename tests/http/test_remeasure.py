# SPDX-License-Identifier: Apache-2.0
"""A test that measures time has three attempts (lib/remeasure.py). Each test here runs pytest on tests of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from lib.server import ROOT

HERE = Path(__file__).resolve().parent

TESTS = """
import pytest
from lib.errorlog import ErrorLog, UnexpectedLines

made = []

@pytest.fixture(scope="session")
def reports():
    yield
    assert "bad report" not in made, "a report of a sanitizer"

@pytest.fixture(scope="module", autouse=True)
def of_the_module(reports):
    made.append("set up")
    yield
    print("torn down once")

@pytest.fixture
def log(tmp_path):
    log = ErrorLog(tmp_path / "error_log")
    log.path.write_text("")
    yield log
    log.check()

def slow_until(attempt):
    made.append("attempt")
    assert made.count("attempt") >= attempt, "took 2 s"
    assert made.count("set up") == 1

"""


def run(folder, tests, *arguments):
    """The outcome of pytest on these tests, and its output."""
    file = folder / "test_sample.py"
    file.write_text(TESTS + tests)
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", *arguments, str(file)],
                          env={**os.environ, "PYTHONPATH": f"{HERE}:{ROOT}"}, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300, check=False)
    return done.returncode, done.stdout


MARKED = "@pytest.mark.measures_time\ndef test_marked(log):\n    "
CRASHED = "[core:notice] [pid 1] AH00052: child pid 7 exit signal Segmentation fault (11)"
OUTCOMES = {  # the tests, and the last line of pytest
    "the second attempt succeeds": (MARKED + "slow_until(2)", "1 passed, 1 measured again"),
    "the third attempt succeeds": (MARKED + "slow_until(3)", "1 passed, 2 measured again"),
    "no attempt succeeds": (MARKED + "slow_until(4)", "1 failed, 2 measured again"),
    "the first attempt succeeds": (MARKED + "slow_until(1)", "1 passed"),
    "an expected line did not come": (MARKED + "made[1:] or log.expect('x')\n    log.find = lambda _: []\n    slow_until(2)", "1 passed, 2 measured again"),
    "a test without the marker": ("def test_plain():\n    slow_until(2)", "1 failed"),
    "an unexpected line": (MARKED + "made[1:] or log.path.write_text('[core:error] x')\n    slow_until(2)", "1 failed, 1 error"),
    "an unexpected line that the test itself finds": (
        MARKED + "made.append('attempt')\n    if made.count('attempt') == 1: raise UnexpectedLines()", "1 failed"),
    "a crash": (MARKED + f"made[1:] or log.path.write_text('{CRASHED}')\n    slow_until(2)", "1 failed, 1 error"),
    "an error of a fixture": ("@pytest.fixture\ndef broken():\n    assert 0\n\n@pytest.mark.measures_time\n"
                              "def test_marked(broken): pass", "1 error"),
    "a test that hangs": (MARKED + "pytest.fail('Timeout')", "1 failed"),
    "a report of the first attempt": (MARKED + "made.append('bad report')\n    slow_until(2)",
                                      "1 passed, 1 error, 1 measured again"),
}


@pytest.mark.parametrize("tests, outcome", OUTCOMES.values(), ids=OUTCOMES)
def test_only_a_measurement_is_repeated(tmp_path, tests, outcome):
    status, output = run(tmp_path, tests + "\n", "-p", "lib.remeasure")
    assert output.splitlines()[-1].rpartition(" in ")[0].replace("errors", "error") == outcome, output
    assert status == ("failed" in outcome or "error" in outcome)
    assert output.count("torn down once") == 1
    if "measured again" in outcome and "bad report" not in tests and "expect" not in tests:
        assert output.count("test_sample.py::test_marked (call): AssertionError: took 2 s") == int(outcome.split()[-3])


# Fixtures of a conftest.py are for the tests below its folder.
CONFTEST = f"""
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("fixtures", "{HERE}/conftest.py")
fixtures = module_from_spec(spec)
spec.loader.exec_module(fixtures)
globals().update((name, value) for name, value in vars(fixtures).items() if not name.startswith("__"))
"""
SERVED = """
from lib.client import User
from lib.server import Server

@pytest.mark.measures_time
def test_with_a_server(state, module, sanitizers):
    with Server(state / "alone", module, sanitizers) as own:
        own.postgres.psql("CREATE TABLE once ()")
        own.log.allow("such a line")
        (own.state / "error_log").open("a").write("[core:error] such a line")
        made.append(User(own).post({}).status)
        assert len(own.log.find("such a line")) == 1 and own.postgres.psql("SELECT count(*) FROM graphprofile.position") == "1"
        assert len(made) > 2, "took 2 s"
"""


def test_a_server_of_the_test_starts_clean(state, module, tmp_path):
    """In the same folder: an empty database and a new log."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    copy = state / "measured" / module.name
    copy.parent.mkdir()
    shutil.copy(module, copy)
    folder = ROOT / "run" / f"test-measured-{os.environ['GP_MPM']}"
    try:
        status, output = run(tmp_path, SERVED, f"--module={copy}", f"--mpm={os.environ['GP_MPM']}",
                             f"--confcutdir={tmp_path}")
        assert status == 0 and "1 passed, 1 measured again in " in output, output
        assert (folder / "alone" / "error_log").exists() and (folder / "alone-1" / "error_log").exists()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
