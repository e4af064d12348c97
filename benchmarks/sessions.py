"""Sessions as the pipeline opens them, and one over a scorer that hands back what it is given."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import models
from parity.jvm import protocol
from parity.jvm.client import Client
from parity.jvm.find import find_jvm
from parity.jvm.launch import Launch
from parity.runtimes import find, open_session
from parity.values.case import Artifact

_JAVA = Path(__file__).parent / "java"


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A `.parity/` for one benchmark, beside the checkout's own, on the same kind of disk."""
    models.WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models.WORK, prefix="parity-") as path:
        yield Path(path)


@contextlib.contextmanager
def jpmml(model: str, *, timing: bool = False, planned_rows: int = 0) -> Iterator[Any]:
    """A session over a model's PMML file in a worker. `timing` gives it production flags."""
    with folder() as place:
        artifact = Artifact(models.artifact(model))
        session = open_session(find()["jpmml"], artifact, folder=place, timing=timing, planned_rows=planned_rows)
        try:
            session.bind({name: (name,) for name in models.NAMES})
            yield session
        finally:
            session.close()


@contextlib.contextmanager
def echo(columns: dict[str, str]) -> Iterator[Client]:
    """A session whose outputs are its inputs, and per input a mix of the bits that Java saw. `columns`: names and types."""
    with folder() as place:
        artifact = place / "columns.echo"
        artifact.write_text("".join(f"{name} {kind}\n" for name, kind in columns.items()))
        client = Client(
            Launch(
                runtime="echo",
                scorer="benchmarks.EchoScorer",
                artifact=artifact,
                options={},
                jvm=find_jvm().path,
                class_path=(_harness(), _compiled()),
                flags=("-XX:+UseSerialGC",),
                folder=place,
            )
        )
        try:
            yield client
        finally:
            client.close()


def inside_ns(session: Any) -> int:
    """Nanoseconds that the last batch spent inside the scorer, as Java wrote them into the block's header."""
    return int(session._link.block.slots[protocol.SLOT_INSIDE_NS])


def worker_pid(session: Any) -> int:
    """The worker's process, whose first thread scores."""
    return int(session._link._channel.pid)


def _harness() -> Path:
    return Path(protocol.__file__).parent / "lib/parity-harness.jar"


def _compiled() -> Path:
    target = models.WORK / "classes"
    source = _JAVA / "EchoScorer.java"
    subprocess.run(["javac", "--release", "17", "-cp", _harness(), "-d", target, source], check=True)
    return target
