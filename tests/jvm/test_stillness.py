"""Processes that compute, wait, or are stopped by their user."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from parity.jvm import stillness
from parity.jvm.stillness import Stillness

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processor time is read in /proc")

Started = Callable[[str], subprocess.Popen[bytes]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    monkeypatch.setattr(stillness, "STILL_SECONDS", 1.0)
    running: list[subprocess.Popen[bytes]] = []

    def start(code: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-S", "-c", f"print(flush=True)\n{code}"], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()  # Python itself has started
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def told_within(pid: int, seconds: float) -> bool:
    watched, until = Stillness(pid), time.monotonic() + seconds
    while time.monotonic() < until:
        if watched.too_long():
            return True
        time.sleep(0.05)
    return False


def test_one_that_waits_is_told_and_one_that_computes_is_not(started: Started) -> None:
    assert told_within(started("import time; time.sleep(600)").pid, 30.0)
    assert not told_within(started("while True: pass").pid, 2.5)


def test_one_that_its_user_stopped_is_waited_for(started: Started) -> None:
    process = started("import time; time.sleep(600)")
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.2)
    assert not told_within(process.pid, 2.5)
    process.send_signal(signal.SIGCONT)
    assert told_within(process.pid, 30.0)


def test_one_that_is_gone_is_not_still(started: Started) -> None:
    process = started("pass")
    process.wait()
    assert not told_within(process.pid, 1.5)
