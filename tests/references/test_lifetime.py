"""A process that is tied to another ends with it, also where that one is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

OWNER = """\
import subprocess, sys, time
from parity.references.lifetime import ends_with_us
tied = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
ends_with_us(tied.pid)
print(tied.pid, flush=True)
{then}
"""


def running(pid: int) -> bool:
    """Not a zombie either: a child of a process that was killed is nobody's to wait for at once."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def ended(pid: int, seconds: float = 30.0) -> bool:
    until = time.monotonic() + seconds
    while running(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("by", ["itself", "SIGKILL", "SIGTERM"])
def test_the_tied_process_ends_with_its_owner(by: str) -> None:
    code = OWNER.format(then="pass" if by == "itself" else "time.sleep(600)")
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        tied = int(owner.stdout.readline())
        if by != "itself":
            assert running(tied)
            owner.send_signal(getattr(signal, by))
        owner.wait(60)
    assert ended(tied)


def test_it_lives_as_long_as_its_owner() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER.format(then="time.sleep(600)")], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        tied = int(owner.stdout.readline())
        assert not ended(tied, 0.5)
        owner.kill()
    assert ended(tied)
