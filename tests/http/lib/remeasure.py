# SPDX-License-Identifier: Apache-2.0
"""A plugin of pytest for tests that measure time: a busy machine can spoil any single measurement.

If a test with the marker `measures_time` fails, it runs up to two more times; the first success counts. The report
shows each failure after which a test was measured again. A failure that no slow machine explains is final: an
unexpected line in error_log, a crash of a child, an error of a fixture. Other tests run once, because running a test
again hides a race.

pytest-rerunfailures does not replace this: when it repeats a test, it drops an error of a session fixture's teardown,
such as a report of AddressSanitizer, and the teardown of fixtures that no later test uses.
"""

import pytest
from _pytest.runner import CallInfo, runtestprotocol
from lib.errorlog import ErrorLog, UnexpectedLines

ATTEMPTS = 3
AGAIN = "measured again"  # the outcome of an attempt


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "measures_time: fails on a machine that is too slow at the wrong moment; measured up to three times")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    if item.get_closest_marker("measures_time") is None:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for remaining in reversed(range(ATTEMPTS)):
        # This tears down the fixtures of the test only: the next attempt uses those of the module and the session.
        reports = runtestprotocol(item, log=False, nextitem=item.parent)
        if not remaining or not _shall_be_measured_again(reports):
            break
        for report in reports:
            report.outcome = AGAIN if report.failed else report.outcome
            item.ihook.pytest_runtest_logreport(report=report)
    for report in [*reports, *_tear_down_the_rest(item, nextitem)]:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _shall_be_measured_again(reports) -> bool:
    failed = [report for report in reports if report.failed]
    return bool(failed) and not any(report.is_final for report in failed) and not any(log.crashes() for log in ErrorLog.all)


def _tear_down_the_rest(item, nextitem) -> list:
    """Tear down the fixtures that the next test does not use. Returns the report if that failed."""
    call = CallInfo.from_call(lambda: item.session._setupstate.teardown_exact(nextitem), when="teardown")
    report = item.ihook.pytest_runtest_makereport(item=item, call=call)
    return [report] if report.failed else []


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Say in the report whether its failure is final. An `Exception` excludes pytest.fail, which ends a test that
    hangs."""
    report = (yield).get_result()
    error = call.excinfo and call.excinfo.value
    report.is_final = call.when == "setup" or isinstance(error, UnexpectedLines) \
        or not isinstance(error, AssertionError if call.when == "teardown" else Exception)


def pytest_report_teststatus(report):
    return (AGAIN, "R", (AGAIN.upper(), {"yellow": True})) if report.outcome == AGAIN else None


def pytest_terminal_summary(terminalreporter):
    again = terminalreporter.stats.get(AGAIN, [])
    if again:
        terminalreporter.section("measured again, because a busy machine can spoil a measurement")
    for report in again:
        reason = getattr(getattr(report.longrepr, "reprcrash", None), "message", str(report.longrepr))
        terminalreporter.line(f"{report.nodeid} ({report.when}): {reason.splitlines()[0]}")
