"""A process that is tied to another ends with it, also where that one is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from parity.references import lifetime
from parity.references.lifetime import ends_with_us

TIED = "import os, sys, time; open(sys.argv[1] + '/pid', 'w').write(str(os.getpid())); time.sleep(600)"
OWNER = """\
import os, subprocess, sys, tempfile, time
from pathlib import Path
from parity.references.lifetime import ends_with_us
folder = Path(tempfile.mkdtemp())
ends_with_us(folder)
print(folder, flush=True)
def start():
    subprocess.Popen([sys.executable, "-S", "-c", {tied!r}, str(folder)])
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


def folder_of(owner: subprocess.Popen[bytes]) -> Path:
    assert owner.stdout is not None
    return Path(os.fsdecode(owner.stdout.readline().rstrip(b"\n")))


def owning(then: str) -> subprocess.Popen[bytes]:
    code = OWNER.format(tied=TIED, then=then)
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, process_group=0)


def tied_of(folder: Path, seconds: float = 30.0) -> int:
    """The process id that the tied process wrote down itself; an empty file is one that it is writing."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if (folder / "pid").exists() and (text := (folder / "pid").read_text()):
            return int(text)
        time.sleep(0.02)
    raise AssertionError(f"nothing was started in {folder}")


def gone(folder: Path, seconds: float = 30.0) -> bool:
    until = time.monotonic() + seconds
    while folder.exists() and time.monotonic() < until:
        time.sleep(0.05)
    return not folder.exists()


@pytest.mark.parametrize("by", ["itself", "SIGKILL", "SIGTERM"])
def test_the_tied_process_ends_with_its_owner(by: str) -> None:
    last = "while not (folder / 'pid').exists(): time.sleep(0.01)" if by == "itself" else "time.sleep(600)"
    with owning(f"start(); {last}" if by != "itself" else f"start()\n{last}") as owner:
        folder = folder_of(owner)
        tied = tied_of(folder)
        if by != "itself":
            assert running(tied)
            owner.send_signal(getattr(signal, by))
        owner.wait(60)
    assert ended(tied)
    assert gone(folder), "its folder goes with it"


def test_it_ends_too_where_its_owner_is_killed_before_it_has_started() -> None:
    """The owner dies with the order to start on its way, as when a test run is killed while a server comes up."""
    late = "time.sleep(1); os.execv(sys.executable, [sys.executable, '-S', '-c', 'import time; time.sleep(600)', str(folder)])"
    with owning(f"pid = os.fork()\nif pid == 0:\n    {late}\nprint(pid, flush=True)\nos.kill(os.getpid(), 9)") as owner:
        folder = folder_of(owner)
        assert owner.stdout is not None
        tied = int(owner.stdout.readline())
        owner.wait(60)
        assert running(tied)
    assert ended(tied)
    assert gone(folder)


def test_it_lives_as_long_as_its_owner() -> None:
    with owning("start(); time.sleep(600)") as owner:
        tied = tied_of(folder_of(owner))
        assert not ended(tied, 0.5)
        owner.kill()
    assert ended(tied)


@pytest.mark.parametrize("named", ["", "/", "tmp", "/tmp"])
def test_what_is_no_private_folder_marks_no_process(named: str) -> None:
    """Every command line has an empty part, and many have a short one: the watcher ends at once, and ends nothing else."""
    with subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)", named]) as bystander:
        ends_with_us(named)  # type: ignore[arg-type]
        watcher = lifetime._watching[-1]
        assert watcher.wait(60) == 1
        assert running(bystander.pid)
        bystander.kill()
