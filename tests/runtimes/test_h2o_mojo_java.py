"""Every way into a MOJO as Java text, compiled and run: what the session says, bit for bit."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parity.replay.java import repro_java
from parity.runtimes import find, open_session
from parity.runtimes.repro import Call, Cell, Fed, Reproducible
from parity.values.case import Artifact
from parity.values.columns import Column, ColumnType
from parity.values.finding import Seen
from parity.values.outcome import Scores
from parity.values.signature import InputSpec, OutputSpec
from tests.contract.artifacts import Made
from tests.replay.test_repro_runs import run, scored
from tests.report.samples import BRANCH_FLIP
from tests.runtimes.test_h2o_mojo import CITIES, INPUTS, KEPT

TYPES = dict(zip(INPUTS, [ColumnType.FLOAT64, ColumnType.FLOAT32, ColumnType.BOOL, ColumnType.STRING], strict=True))
ROW = pa.record_batch(
    [pa.array([-0.1]), pa.array([None], pa.float32()), pa.array([True]), pa.array(["Łódź"])], names=list(INPUTS)
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options", "output"),
    [
        ("gbm", {}, "label"),
        ("glm_three", {}, "probability"),
        ("deeplearning", {}, "value"),
        ("drf", {"api": "direct"}, "probability"),
        ("glm", {"api": "direct"}, "label"),
        ("gbm_value", {"api": "direct"}, "value"),
    ],
)
def test_the_text_says_what_the_session_says(name: str, options: dict[str, Any], output: str, tmp_path: Path) -> None:
    artifact = Artifact(KEPT / f"{name}.zip", options=options)
    said, answer = both(artifact, output, tmp_path)
    assert [str(value) for value in said] == [str(value) for value in answer[output]][: len(said)]


@pytest.mark.slow
def test_leaves_are_the_engine_s(tmp_path: Path) -> None:
    artifact = Artifact(KEPT / "drf.zip", options={"leaf": True})
    said, _ = both(artifact, "leaf", tmp_path)
    session = open_session(find()["h2o-mojo"], artifact, folder=tmp_path)
    session.bind({name: (name,) for name in INPUTS})
    outcome = session.score(ROW)
    session.close()
    assert isinstance(outcome, Scores)
    assert [int(str(leaf)) for leaf in said] == outcome.outputs[-1].values[0].tolist()[: len(said)]


def both(artifact: Artifact, output: str, folder: Path) -> tuple[list[Any], dict[str, Any]]:
    """What the compiled text prints of the engine, and what the session answers."""
    made = Made(artifact.path, tuple(Column(name, TYPES[name]) for name in INPUTS), ROW, output, np.zeros((1, 1)))
    wiring, answer = scored("h2o-mojo", artifact, made, ROW, folder)
    assert isinstance(answer, dict)
    finding = replace(BRANCH_FLIP, runtime="h2o-mojo", row=ROW, seen=Seen({"probability": [0.0]}, answer))
    source = repro_java(finding, artifact, wiring)
    assert source is not None
    printed = run("h2o-mojo", source, folder)
    shown = re.findall(r"engine (\S+)(?: \((\S+)\))?$", printed, re.MULTILINE)
    assert shown, printed
    return [float.fromhex(bits) if bits else word for word, bits in shown], answer


def call_of(city: Any, kind: ColumnType = ColumnType.STRING, **options: str) -> Call:
    spec = InputSpec("city", "string", 1, tuple(c for c in CITIES if c))
    return Call(Path("m.zip"), options, (Fed(spec, (Cell("city", kind, city),)),), OutputSpec("value", "float64"))


@pytest.mark.parametrize(
    ("call", "java"),
    [
        (call_of("Oslo"), 'row.put("city", "Oslo");'),
        (call_of(7, ColumnType.INT32), 'row.put("city", "7");'),
        (call_of(True, ColumnType.BOOL), 'row.put("city", "true");'),
        (call_of(1.5, ColumnType.FLOAT64), 'row.put("city", (double) 0x1.8p+0);'),
        (call_of(None), '// missing, so the key is absent: "city"'),
        (call_of("Lima", api="direct"), "row[0] = 3;"),
        (call_of(None, api="direct"), "row[0] = Double.NaN;"),
        (call_of("Atlantis", api="direct", **{"unknown-as-missing": "true"}), "row[0] = Double.NaN;"),
    ],
)
def test_a_cell_is_what_the_scorer_makes_of_it(call: Call, java: str) -> None:
    runtime = find()["h2o-mojo"]
    assert isinstance(runtime, Reproducible)
    assert java in runtime.repro(call).members


def test_a_level_that_cannot_be_encoded_is_said() -> None:
    runtime = find()["h2o-mojo"]
    assert isinstance(runtime, Reproducible)
    assert "input city cannot be encoded: 'Atlantis'" in runtime.repro(call_of("Atlantis", api="direct")).score
