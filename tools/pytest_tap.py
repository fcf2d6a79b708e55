"""pytest plugin: one TAP line per test, so that the one runner counts Python cases like C cases.

    python3 -m pytest -p pytest_tap test/oracle
"""
import os

import pytest

# Taken before pytest begins to capture: TAP must reach the runner, and nothing else may.
_out = os.fdopen(os.dup(1), "w", encoding="utf-8")


class _Tap:
    def __init__(self):
        self.count = 0

    def line(self, ok, name, directive="", detail=""):
        self.count += 1
        print(f"{'ok' if ok else 'not ok'} {self.count} - {name.replace('#', ' ')}{directive}", file=_out)
        for text in detail.splitlines():
            print("#", text, file=_out)
        _out.flush()

    def pytest_collectreport(self, report):
        if report.failed:
            self.line(False, report.nodeid or "collection", detail=report.longreprtext)

    def pytest_runtest_logreport(self, report):
        if report.failed:
            sections = "".join(f"\n--- {title}\n{text}" for title, text in report.sections)
            self.line(False, report.nodeid, detail=report.longreprtext + sections)
        elif report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else getattr(report, "wasxfail", "")
            self.line(True, report.nodeid, f" # SKIP {reason.removeprefix('Skipped: ')}")
        elif report.when == "call":
            self.line(True, report.nodeid)

    def pytest_sessionfinish(self, session):
        print(f"1..{self.count}", file=_out)
        _out.flush()


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    reporter = config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None:
        config.pluginmanager.unregister(reporter)
    config.pluginmanager.register(_Tap(), "gongji-tap")
