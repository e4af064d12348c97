"""`Repro.java` of each runtime, compiled and run: the engine's own API gives the numbers that the session gave, bit for bit."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parity.compare.matching import Pair
from parity.jvm.find import find_jvm
from parity.jvm.lock import read_lock
from parity.jvm.places import locate
from parity.replay.java import repro_java
from parity.replay.seen import answers_of
from parity.replay.wiring import Wiring
from parity.runtimes import find, open_session
from parity.runtimes.inputs import match_inputs
from parity.runtimes.repro import Reproducible
from parity.values.case import Artifact
from parity.values.finding import Seen
from parity.values.outcome import Scores
from parity.values.signature import OutputKind
from tests.contract.artifacts import Made, make_all
from tests.heavy import by_jars
from tests.report.samples import BRANCH_FLIP

pytestmark = pytest.mark.slow

SHOWN = re.compile(r"engine (\S+) \((\S+)\)")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Made, ...]]:
    folder = tmp_path_factory.mktemp("artifacts")
    yield make_all(folder)
    shutil.rmtree(folder)


def able() -> list[str]:
    """Every runtime that can be reproduced."""
    return [name for name, runtime in find().items() if isinstance(runtime, Reproducible)]


def scored(runtime: str, artifact: Artifact, one: Made, row: pa.RecordBatch, folder: Path) -> tuple[Wiring, dict[str, Any] | str]:
    session = open_session(find()[runtime], artifact, folder=folder)
    try:
        bound = match_inputs(one.columns, session.signature, {})
        session.bind(bound)
        outcome = session.score(row)
        spec = next(o for o in session.signature.outputs if o.name == one.output)
        reference = replace(spec, name="probability", kind=spec.kind or OutputKind.VALUE)
        inputs = tuple((spec, bound.get(spec.name, ())) for spec in session.signature.inputs)
        answer = answers_of(outcome) if isinstance(outcome, Scores) else f"{outcome.kind}: {outcome.message}"
        return Wiring(inputs, (Pair(reference, spec),)), answer
    finally:
        session.close()


def run(runtime: str, source: str, folder: Path) -> str:
    (folder / "Repro.java").write_text(source, "ascii")
    jars = [str(locate(jar, runtime)) for jar in read_lock().get(runtime, ())]
    java = find_jvm().home / "bin" / "java"
    command = [str(java), *(["-cp", ":".join(jars)] if jars else []), "Repro.java"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", by_jars(able()))
def test_the_engine_gives_the_sessions_numbers(name: str, made: tuple[Made, ...], tmp_path: Path) -> None:
    """Of each artifact two rows: an ordinary one, and one whose first number is missing."""
    mine = [one for one in made if find()[name].recognises(one.path)]
    assert mine
    for one in mine:
        for place, row in enumerate((one.rows.slice(0, 1), without_first(one.rows.slice(1, 1)))):
            folder = tmp_path / f"{one.id}-{place}"
            folder.mkdir()
            artifact = Artifact(one.path, (name,), options=one.options)
            wiring, answer = scored(name, artifact, one, row, folder)
            expected = one.expected[place].tolist()
            finding = replace(BRANCH_FLIP, runtime=name, row=row, seen=Seen({"probability": expected}, answer))
            source = repro_java(finding, artifact, wiring)
            assert source is not None
            check(run(name, source, folder), answer, one.output, expected, f"{name} {one.id} {place}")


def test_the_first_runtimes_can_be_reproduced() -> None:
    assert {"onnxruntime", "jpmml", "xgboost4j"} <= set(able())


def without_first(row: pa.RecordBatch) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([None], row.schema.field(0).type), *row.columns[1:]], schema=row.schema)


def check(printed: str, answer: dict[str, Any] | str, output: str, expected: list[float], told: str) -> None:
    if isinstance(answer, str):
        assert "engine refuses" in printed, f"{told}: {answer}\n{printed}"
        return
    values = answer[output]
    engine = [float.fromhex(found[2]) for found in SHOWN.finditer(printed)]
    assert np.array_equal(engine, [v for v in values if v is not None], equal_nan=True), f"{told}\n{printed}"
    if len(engine) == len(expected):
        apart = np.max(np.abs(np.array(expected) - np.array(engine)))
        assert np.array_equal(float(printed.split("largest difference ")[1]), apart, equal_nan=True), f"{told}\n{printed}"
