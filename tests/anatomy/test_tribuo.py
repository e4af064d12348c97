"""Tribuo's files: what was read gives the scores of the engine, on the thresholds, beside them and where a feature is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from parity.anatomy import read_artifact
from parity.anatomy.floats import after64, before64
from parity.anatomy.traverse import features, leaves, margins
from parity.anatomy.tribuo.wire import parse
from parity.diagnose.margins import answers, linked
from parity.values.anatomy import Anatomy, Floats
from parity.values.outcome import Scores
from tests.contract.makers.tribuo import KEPT
from tests.runtimes.opened import Opener, opener

MODELS = {"line": "value", "three": "probability", "tree": "margin", "forest": "probability"}
MODELS |= {"value_tree": "value", "joint_tree": "value", "value_forest": "value"}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opener]:
    with opener("tribuo", tmp_path_factory.mktemp("tribuo")) as found:
        yield found


def columns(name: str) -> tuple[str, ...]:
    return ("f2", "f10", "f1") if name == "three" else ("a", "b", "c")


def scores(anatomy: Anatomy, rows: pa.RecordBatch, width: int) -> Floats:
    given = features(anatomy, rows)
    if anatomy.trees is not None:
        return answers(anatomy.trees, margins(anatomy.trees, leaves(anatomy.trees, given)), width)
    assert anatomy.linear is not None, anatomy.unread
    return linked(given @ anatomy.linear.weights.T + anatomy.linear.intercept, anatomy.linear.link, width)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_engine_answers_as_the_structure_that_was_read(name: str, opened: Opener) -> None:
    path, rng, rows = KEPT / f"{name}.tribuo", np.random.default_rng(1), 2000
    anatomy = read_artifact(path, columns(name))
    assert anatomy.unread == () and anatomy.cuts is not None
    given = {}
    for i, column in enumerate(anatomy.columns):
        values = rng.normal(size=rows)
        places = anatomy.cuts.threshold[anatomy.cuts.column == i]
        if len(places):
            at = rng.choice(places, rows)
            near = np.stack([at, after64(at), before64(at)])[rng.integers(0, 3, rows), np.arange(rows)]
            values = np.where(rng.random(rows) < 0.5, near, values)
        missing = (rng.random(rows) < 0.1) & (anatomy.trees is not None) & (i > 0)  # an example without features is declined
        given[column] = pa.array(values, mask=missing)
    batch = pa.record_batch(given)
    outcome = opened(path).score(batch)
    assert isinstance(outcome, Scores) and not outcome.refused
    said = next(output.values for output in outcome.outputs if output.spec.name == MODELS[name])
    said = np.asarray(said, np.float64).reshape(rows, -1)
    np.testing.assert_allclose(scores(anatomy, batch, said.shape[1]), said, rtol=0, atol=1e-14)


def test_columns_in_another_order_are_found_by_name() -> None:
    anatomy = read_artifact(KEPT / "tree.tribuo", ("c", "a", "b"))
    assert anatomy.prefix is not None and anatomy.prefix.origin.tolist() == [1, 2, 0]


def test_other_models_are_told(tmp_path: Path) -> None:
    data = (KEPT / "tree.tribuo").read_bytes().replace(b"tribuo.common.tree.TreeModelProto", b"tribuo.common.tree.NearModelProto")
    path = tmp_path / "other.tribuo"
    path.write_bytes(data)
    assert read_artifact(path, ("a", "b", "c")).unread == ("Tribuo's NearModel",)


@pytest.mark.parametrize("data", [b"\x80", b"\x12\x05ab", b"\x0b", b"\x09abc", b"\x80" * 20])
def test_bytes_that_are_no_message_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="protocol buffer"):
        parse(data)
