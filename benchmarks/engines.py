"""Batch scoring through the worker against a plain Java loop of the same engine in a process of its own (`java/loops`).

Both score the same rows of the same artifact on one thread, in turns: a pair is one call of each, and both read every
output. They run under the JVM's own defaults but for a heap that is there from the start: one that grows does so for dozens
of calls, and its pages are then first touched in the one process or the other. The loop starts from arrays in its memory
and ends with an array of scores; the worker starts from an Arrow batch in this process and ends with NumPy arrays. Gated is
the ratio of CPU: all threads of the loop's process, against all of the worker's and of this one. Wall time of the same
calls is told beside it. The scores are compared bit by bit, row by row.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from benchmarks import models
from benchmarks.clocks import interval, threads_cpu_ns
from benchmarks.engine_models import SUBJECTS, Subject, batch, columns
from benchmarks.result import Figure, Result, method_of, publish
from benchmarks.sessions import folder, worker_pid
from parity.jvm.find import find_jvm
from parity.jvm.jars import class_path
from parity.runtimes import find, open_session
from parity.runtimes.inputs import match_inputs
from parity.runtimes.runtime import jvm_options
from parity.values.case import Artifact

FORKS = 2
PAIRS = 11
WARM_SECONDS = 2.0  # of CPU, of each way
WANTED = 0.9
HEAP = "-Xms2g -Xmx2g -XX:+AlwaysPreTouch"
REASONS: dict[str, str] = {
    "h2o-mojo": "10 trees over 4 columns take the engine 0.7 us a row; making its cells from columns, and the label's text to "
    "Python, take 0.2 us",
    "mleap": "MLeap takes 1.6 us a row; its rows made from columns, and two outputs read from its rows, take 0.2 us",
}
"""Why an engine misses it, as far as it is known."""

_LOOPS = Path(__file__).parent / "java" / "loops"
_COMMON = ("Main.java", "Loop.java", "Rows.java")


@dataclass(frozen=True)
class Call:
    """Nanoseconds of one call."""

    cpu: int
    wall: int


def measure(names: tuple[str, ...] = tuple(SUBJECTS)) -> Result:
    figures: list[Figure] = []
    raw: dict[str, Any] = {}
    for name in names:
        subject = SUBJECTS[name]()
        pairs: list[tuple[Call, Call]] = []
        differing = 0
        for fork in range(FORKS):
            taken, found = _fork(name, subject, fork)
            pairs += taken
            differing = max(differing, found)
        figures += _figures(name, subject, pairs, differing)
        raw[name] = [(loop.cpu, loop.wall, ours.cpu, ours.wall) for loop, ours in pairs]
    return Result("engines", tuple(figures), method_of(__doc__), raw=raw)


def _figures(name: str, subject: Subject, pairs: list[tuple[Call, Call]], differing: int) -> list[Figure]:
    cpu = [loop.cpu / ours.cpu for loop, ours in pairs]
    wall = [loop.wall / ours.wall for loop, ours in pairs]
    low, high = interval(cpu)
    wall_low, wall_high = interval(wall)
    times = f"{FORKS} pairs of processes, {PAIRS} calls each"
    cost = [call.cpu / subject.rows for call, _ in pairs]
    return [
        Figure(
            f"{name}: rate of the plain loop's", median(cpu), "", low, high, "95 % interval",
            at_least=WANTED, repetitions=times, note=REASONS.get(name, "") if median(cpu) < WANTED else "",
        ),
        Figure(f"{name}: the same by wall time", median(wall), "", wall_low, wall_high, "95 % interval"),
        Figure(f"{name}: the plain loop", median(cost), "ns of CPU a row", min(cost), max(cost), "range"),
        Figure(f"{name}: rows whose scores differ, of {subject.rows:,}", differing, at_most=0),
    ]  # fmt: skip


def _fork(name: str, subject: Subject, fork: int) -> tuple[list[tuple[Call, Call]], int]:
    """Pairs of calls, the loop's first in one and the worker's first in the next; and how many rows differ."""
    given = batch(subject)
    with _loop(name, subject) as loop, _worker(name, subject) as session:
        ways: tuple[Callable[[], Call], Callable[[], Call]] = (loop.score, lambda: _ours(session, given))
        for way in ways:
            spent = 0
            while spent < WARM_SECONDS * 1e9:
                spent += way().cpu
        pairs = []
        for number in range(PAIRS):
            if (number + fork) % 2:
                ours, theirs = ways[1](), ways[0]()
            else:
                theirs, ours = ways[0](), ways[1]()
            pairs.append((theirs, ours))
        return pairs, _differing(loop.scores(), session.score(given), subject)


def _ours(session: Any, given: pa.RecordBatch) -> Call:
    before, here, started = threads_cpu_ns(worker_pid(session)), time.process_time_ns(), time.perf_counter_ns()
    session.score(given)
    wall = time.perf_counter_ns() - started
    return Call(time.process_time_ns() - here + threads_cpu_ns(worker_pid(session)) - before, wall)


def _differing(theirs: npt.NDArray[np.float64], outcome: Any, subject: Subject) -> int:
    ours = next(output.values for output in outcome.outputs if output.spec.name == subject.output).astype(np.float64)
    theirs = theirs.reshape(subject.rows, -1)
    if ours.shape != theirs.shape or outcome.refused:
        raise AssertionError(f"{ours.shape} against {theirs.shape}, {len(outcome.refused)} refused: not the same work")
    return int((ours.view(np.int64) != theirs.view(np.int64)).any(axis=1).sum())


class _Loop:
    """The loop's process, that scores all rows when it is told so."""

    def __init__(self, process: subprocess.Popen[str], place: Path) -> None:
        self._process, self._place = process, place

    def score(self) -> Call:
        before = threads_cpu_ns(self._process.pid)
        wall = self._ask("score")
        return Call(threads_cpu_ns(self._process.pid) - before, wall)

    def scores(self) -> npt.NDArray[np.float64]:
        self._ask("write")
        return np.fromfile(self._place / "scores.bin", "<f8")

    def _ask(self, line: str) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(line, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the loop ended: {(self._place / 'stderr').read_text()[-800:]}")
        return int(answer)


@contextlib.contextmanager
def _loop(name: str, subject: Subject) -> Iterator[_Loop]:
    with folder() as place:
        subject.numbers.astype("<f8").tofile(place / "numbers.bin")
        (place / "texts.txt").write_text("".join("\t".join(row) + "\n" for row in subject.texts))
        jars = class_path(name).jars
        home = find_jvm().home / "bin"
        sources = [*(_LOOPS / source for source in _COMMON), _LOOPS / f"{subject.loop}.java", *subject.sources]
        separated = ":".join(map(str, jars))
        subprocess.run([home / "javac", "-nowarn", "--release", "17", "-cp", separated, "-d", place, *sources], check=True)
        command = [home / "java", "-cp", f"{separated}:{place}", "-Djava.io.tmpdir=" + str(place), *_settings(name)]
        command += ["benchmarks.loops.Main"]
        command += [subject.loop, subject.artifact, place, str(subject.rows)]
        with (place / "stderr").open("w") as errors:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=models.WORK,
                env=_with_heap(),
            )
            try:
                yield _Loop(process, place)
            finally:
                process.stdin.close()  # type: ignore[union-attr]
                process.wait(20)


def _settings(name: str) -> list[str]:
    """What this engine's JVM has to be started with, and where natives lie that the worker has unpacked for this user."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parity"
    threads = [f"-Dai.djl.pytorch.{pool}=1" for pool in ("num_threads", "num_interop_threads")]
    told = [f"-Dorg.bytedeco.javacpp.cachedir={cache / 'javacpp'}", f"-DDJL_CACHE_DIR={cache / 'djl'}", "-Dai.djl.offline=true"]
    return [*jvm_options(find()[name], find_jvm()), *told, *threads, "-DOPT_OUT_TRACKING=true"]


def _with_heap() -> dict[str, str]:
    """The environment of a JVM with a heap of one size."""
    return os.environ | {"JAVA_TOOL_OPTIONS": " ".join(filter(None, (os.environ.get("JAVA_TOOL_OPTIONS"), HEAP)))}


@contextlib.contextmanager
def _worker(name: str, subject: Subject) -> Iterator[Any]:
    with folder() as place:
        artifact = Artifact(subject.artifact, options=subject.options)
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("JAVA_TOOL_OPTIONS", _with_heap()["JAVA_TOOL_OPTIONS"])
            session = open_session(find()[name], artifact, folder=place, timing=True)
        try:
            session.bind(match_inputs(columns(subject), session.signature, {}))
            yield session
        finally:
            session.close()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--only"]:
        chosen = tuple(sys.argv[2:])
        del sys.argv[1:]
        publish(lambda: measure(chosen))
    else:
        publish(measure)
