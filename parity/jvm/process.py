"""One worker process: spawned, asked over private pipes, watched, and cleaned up after."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import site
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import parity
from parity.errors import WorkerError
from parity.jvm import protocol, stillness
from parity.jvm.launch import Launch, crashed_in, open_log
from parity.jvm.stillness import Stillness

_CLOSE_SECONDS = 10.0
_LOOK_SECONDS = 1.0
_ARCHIVE_SECONDS = 60.0  # a JVM that writes its archive of classes ends in 1 to 3 s on two busy cores


class WorkerLostError(WorkerError):
    """The worker died (`kind` "crash") or did not answer in time ("timeout"). It is gone when this is raised."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class WorkerProcess:
    """A child in a process group of its own, which ends when this process ends. Raises WorkerError where it cannot start."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self.log: Path | None
        self.log, log = open_log(launch.folder, launch.runtime)
        tmp = tempfile.mkdtemp(prefix="parity-")
        theirs, ours = _pipes()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "parity.jvm.worker", *map(str, theirs), tmp, str(self.log.with_suffix(".crash"))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=theirs,
                process_group=0,
                env=_environment(),
            )
        except OSError as error:
            _close_all(ours)
            shutil.rmtree(tmp, ignore_errors=True)
            raise WorkerError(f"the worker process could not be started with {sys.executable}: {error.strerror}") from None
        finally:
            _close_all([*theirs, log])
        self.tmp = tmp
        self._requests, self._replies, _ = ours
        self._pending = b""
        self._poller = select.poll()
        self._poller.register(self._replies, select.POLLIN)
        self._end = weakref.finalize(self, _end, self._process, ours, tmp, os.getpid())

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return self._process.pid

    def request(self, message: dict[str, Any], timeout: float) -> dict[str, Any]:
        """Ask, and wait at most `timeout` seconds for the reply. Raises WorkerLostError; then the worker is gone."""
        try:
            self._send(protocol.encode(message))
            return protocol.decode(self._receive(timeout))
        except BaseException:  # also Ctrl-C: a reply that nobody reads would be taken for the next one
            self.kill()
            raise

    def kill(self) -> None:
        """End the worker at once. Safe to call twice."""
        self._end()

    def close(self, archive: Sequence[str]) -> None:
        """Ask the worker to end, and see to it that it does."""
        if not self._end.alive:
            return
        with contextlib.suppress(WorkerLostError):
            self.request({"op": "close", "archive": list(archive)}, _CLOSE_SECONDS)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_ARCHIVE_SECONDS if archive else _CLOSE_SECONDS)
        self._end()
        if self.log is not None and self.log.exists() and self.log.stat().st_size == 0:
            self.log.unlink()

    def _send(self, line: bytes) -> None:
        try:
            while line:
                line = line[os.write(self._requests, line) :]
        except BrokenPipeError:
            raise self._died() from None

    def _receive(self, timeout: float) -> bytes:
        poller, name = self._poller, self._launch.runtime
        deadline, still = time.monotonic() + timeout, Stillness(self.pid)
        while b"\n" not in self._pending:
            left = deadline - time.monotonic()
            if left <= 0:
                raise WorkerLostError("timeout", f"the worker of {name} gave no answer within {timeout:g} s and was ended")
            if still.too_long():
                told = f"computed nothing for {stillness.STILL_SECONDS:g} s, waiting for what never came, and was ended"
                raise WorkerLostError("timeout", f"the worker of {name} {told}")
            if poller.poll(min(left, _LOOK_SECONDS) * 1000 + 1):
                chunk = os.read(self._replies, 1 << 16)
                if not chunk:
                    raise self._died()
                self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _died(self) -> WorkerLostError:
        with contextlib.suppress(subprocess.TimeoutExpired):  # it may be writing its crash report still
            self._process.wait(_CLOSE_SECONDS)
        frame = crashed_in(self.log) if self.log else ""
        where = f" after {frame}" if frame else ""
        return WorkerLostError("crash", f"the worker of {self._launch.runtime} {_how_it_ended(self._process.returncode)}{where}")


def _pipes() -> tuple[list[int], list[int]]:
    """Descriptors of the worker (requests in, replies out, lifeline in) and of this process (the other ends)."""
    requests, replies, lifeline = os.pipe(), os.pipe(), os.pipe()
    return [requests[0], replies[1], lifeline[0]], [requests[1], replies[0], lifeline[1]]


def _close_all(descriptors: Sequence[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _environment() -> dict[str, str]:
    """The worker's environment: this one's, with one thread, no telemetry, and parity importable from where it is here."""
    environment = {**os.environ, "ORT_DISABLE_TELEMETRY": "1", "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    for name in ("PYTHONFAULTHANDLER", "PYTHONDEVMODE"):  # Python's handler and HotSpot fight over SIGSEGV
        environment.pop(name, None)
    root = str(Path(parity.__file__).parent.parent)
    if root not in site.getsitepackages():
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environment.get("PYTHONPATH")]))
    return environment


def _how_it_ended(returncode: int | None) -> str:
    if returncode is None:
        return "closed its pipe without an answer"
    if returncode >= 0:
        return f"ended with exit status {returncode}"
    try:
        name = f" ({signal.Signals(-returncode).name})"
    except ValueError:
        name = ""
    return f"was killed by signal {-returncode}{name}"


def _end(process: subprocess.Popen[bytes], descriptors: Sequence[int], tmp: str, owner: int) -> None:
    """Kill what is left of the worker and remove its private folder; in a forked child, only let go of the pipes."""
    if os.getpid() == owner:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        shutil.rmtree(tmp, ignore_errors=True)
    _close_all(descriptors)
