"""The way to one artifact in one JVM: a worker (or this process), and the block that both sides map.

A worker that dies or hangs, or a JVM that runs out of memory, is given up: its block stays on disk as a journal, and the next
request starts another worker.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from parity.errors import ArtifactError, JarsError, JvmError, LicenceError, ParityError, WorkerError
from parity.jvm.block import LARGEST, Block, BlockFullError
from parity.jvm.columns import Crossing
from parity.jvm.flags import without_archive
from parity.jvm.launch import Launch, last_line
from parity.jvm.process import WorkerLostError
from parity.values.outcome import Refusal

_START_SECONDS = 300.0  # Spark on two cores that seven others share; what stands still is ended long before
_LONGEST = 400  # characters of an engine's message
_CLOCK = re.compile(r"^\[\d\d:\d\d:\d\d\] ")  # XGBoost puts it in front: no two runs would give the same text
_OBJECT = re.compile(r"(?<=[A-Za-z])@[0-9a-f]{4,8}\b")  # another one in each run
_SOURCE = re.compile(r"/\S+\.(?:cc|h|cu):\d+:? (?:[\w:~]+\([^()]*\) )?")
_SIGNATURE = re.compile(r"\b\w+ (?:\w+::)+\w+\(.*?\) (?=[A-Z])")  # of a C++ function, longer than what it says
_OUT_OF_MEMORY = "out-of-memory"  # such a JVM may have lost threads: it is not asked again


class Channel(Protocol):
    """How requests reach a Bridge: through a worker process, or to this process's own JVM."""

    log: Path | None

    def request(self, message: dict[str, Any], timeout: float, /) -> dict[str, Any]: ...
    def kill(self) -> None: ...
    def close(self, archive: tuple[str, ...], /) -> None: ...


class Link:
    """Opened when it is made. `opened` is the reply: the artifact's signature and the versions."""

    def __init__(self, launch: Launch, connect: Callable[[Launch], Channel]) -> None:
        self._launch = launch
        self._connect = connect
        self._channel: Channel | None = None
        self._block: Block | None = None
        self._sent: dict[str, Any] = {}
        self.opened = self._open()

    @property
    def environment(self) -> Mapping[str, Any]:
        """What is reported of the JVM in use."""
        return self._launch.environment

    @property
    def block(self) -> Block:
        """The block in use; a new one where there is none. Raises StoreError."""
        if self._block is None:
            self._block = Block(self._launch.folder, self._launch.runtime, outputs=len(self.opened["signature"]["outputs"]))
        return self._block

    def write(self, batch: pa.RecordBatch, crossing: Crossing) -> bool:
        """Put a batch into the block, which grows for it. False where it is too large for any block: send fewer rows."""
        while True:
            try:
                self.block.write(batch, crossing)
                return True
            except BlockFullError:
                if not self.grow(self.block.needed(batch, crossing), batch.num_rows):
                    return False

    def grow(self, needed: int, rows: int) -> bool:
        """Make the block hold `needed` bytes. False where that is too much and fewer rows can be sent instead."""
        if needed > LARGEST and rows > 1:
            return False
        self.block.grow(max(needed, min(2 * self.block.size, LARGEST)))
        return True

    def ask(self, message: dict[str, Any], crossing: Crossing, timeout: float) -> dict[str, Any] | Refusal:
        """One request about the batch in the block, with whatever the worker does not know of the block yet."""
        if self._channel is None:
            self._open()
        assert self._channel is not None
        try:
            reply = self._channel.request(message | self._news(crossing), timeout)
        except WorkerLostError as lost:
            return self._lose(lost.kind, str(lost))
        if reply.get("error") == _OUT_OF_MEMORY:
            return self._lose(_OUT_OF_MEMORY, reply["message"])
        if "error" in reply:
            self._sent = {}  # it may have failed before it took the news in
            return Refusal(reply["error"], _CLOCK.sub("", reply["message"]))
        return reply

    def close(self) -> None:
        """End the worker and remove the journal. Safe to call twice."""
        if self._channel is not None:
            self._channel.close(tuple(map(str, self._launch.archive or ())))
            self._channel = None
        if self._launch.archive is not None:
            self._launch.archive[0].unlink(missing_ok=True)  # the worker gave it its final name, if it came so far
        if self._block is not None:
            self._block.remove()
            self._block = None

    def _open(self) -> dict[str, Any]:
        launch = self._launch
        channel = self._connect(launch)
        message = {
            "op": "open",
            "jvm": str(launch.jvm),
            "class_path": [str(jar) for jar in launch.class_path],
            "flags": list(launch.flags),
            "scorer": launch.scorer,
            "artifact": str(launch.artifact),
            "options": dict(launch.options),
        }
        try:
            reply = channel.request(message, max(launch.timeout, _START_SECONDS))
        except WorkerLostError as lost:
            if lost.kind == "crash" and self._drop_archive():
                return self._open()
            raise _opening_lost(launch, lost, channel.log) from None
        if "error" in reply:
            channel.close(())
            raise _opening_failed(launch, reply["error"], reply["message"])
        self._channel, self._sent = channel, {}
        return reply

    def _drop_archive(self) -> bool:
        """A damaged archive of classes kills the JVM that maps it: go on without. False where none was used."""
        flags = without_archive(self._launch.flags)
        if flags is not None:
            said = {**self._launch.environment, "class-data-sharing": "JDK's own; the archive was damaged and is removed"}
            self._launch = replace(self._launch, flags=flags, environment=said)
        return flags is not None

    def _news(self, crossing: Crossing) -> dict[str, Any]:
        news: dict[str, Any] = {}
        place = (self.block.path, self.block.size)
        if self._sent.get("map") != place:
            self._sent["map"] = place
            news["map"] = [str(place[0]), place[1]]
        if self._sent.get("schema") is not crossing:
            self._sent["schema"] = crossing
            shapes = [list(shape) for shape in crossing.shapes]
            news["schema"] = [crossing.schema.names, list(crossing.codes), list(crossing.inputs), shapes]
        return news

    def _lose(self, kind: str, message: str) -> Refusal:
        path, log = self.block.path, self._channel.log if self._channel else None
        if self._channel is not None:
            self._channel.kill()
        self.block.keep()
        self._block = self._channel = None
        return Refusal(kind, f"{message}; the batch is kept in {path}" + (f", the worker's log in {log}" if log else ""))


def _opening_lost(launch: Launch, lost: WorkerLostError, log: Path | None) -> WorkerError:
    said = f'; it last printed "{last_line(log)}"' if log and last_line(log) else ""
    return WorkerError(
        f"{lost} while it opened {launch.artifact}{said}. Its log is {log}. "
        "If other artifacts open, export this one again; if none does, `parity doctor` looks at the JVM"
    )


def _opening_failed(launch: Launch, kind: str, message: str) -> ParityError:
    if kind == "jvm":
        return JvmError(message)
    if kind == "licence":
        return LicenceError(
            f"{launch.runtime} opens {launch.artifact} with a licence of its maker alone ({launch.environment['licence']}): "
            f"{' '.join(message.split())}. Give it one so, or leave {launch.runtime} out: nothing was measured in it"
        )
    if "ClassNotFoundException" in message or "NoClassDefFoundError" in message:
        remedy = "build them again with `make java`, or `parity jars fetch`"
        return JarsError(f"the jars of {launch.runtime} are incomplete: {message}; {remedy}")
    if kind == _OUT_OF_MEMORY:
        return WorkerError(
            f"the JVM of {launch.runtime} ran out of memory while it opened {launch.artifact}: {message}. "
            "Give it more: JAVA_TOOL_OPTIONS=-Xmx4g"
        )
    return ArtifactError(
        f"{launch.runtime} cannot load {launch.artifact}: {_short(message)}. "
        "Export the model again; if the file is newer than the engine, export it for an older version of the format"
    )


def _short(message: str) -> str:
    """An engine's message on one line, without clock, places in C++ sources and hashes, as long as can be read."""
    line = _SIGNATURE.sub("", _SOURCE.sub("", " ".join(_CLOCK.sub("", message).split())))
    line = _OBJECT.sub("", line).rstrip(" .:!")
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST // 2]} … {line[-_LONGEST // 2 :]}"
