"""What the sessions of runtimes that take tensors owe, clause by clause; for every artifact that a maker's TENSORS has."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from parity.numeric.tensors import cells, column_of, element_of, shape_of
from parity.runtimes import find
from parity.runtimes.inputs import match_inputs
from parity.runtimes.session import Session
from parity.values.outcome import Refusal
from tests.contract import makers
from tests.contract.artifacts import Made
from tests.contract.conftest import Opener
from tests.contract.test_scoring import bits, named, refusals, scores_of
from tests.heavy import is_heavy

MODULES = [importlib.import_module(f"{makers.__name__}.{entry.name}") for entry in pkgutil.iter_modules(makers.__path__)]
TENSORS = [maker for module in MODULES for maker in getattr(module, "TENSORS", ())]


def marked(maker: Callable[[Path], Made]) -> Any:
    """A maker is named by its module, which says in RUNTIME whose jars its artifacts need, where those are heavy."""
    module = importlib.import_module(maker.__module__)
    runtime, name = getattr(module, "RUNTIME", ""), f"{maker.__module__.rpartition('.')[2]}.{maker.__name__}"
    return pytest.param(maker, id=name, marks=[pytest.mark.heavy(jars=runtime)] if is_heavy(runtime) else [])


@pytest.fixture(scope="module", params=[marked(maker) for maker in TENSORS])
def tensors(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    return request.param(tmp_path_factory.mktemp("tensors"))


@pytest.fixture(name="session")
def session_(tensors: Made, opened: Opener) -> Session:
    able = [runtime for runtime in find().values() if runtime.recognises(tensors.path)]
    name = next((runtime.name for runtime in able if runtime.default), "")
    assert name, f"no runtime takes {tensors.path.name}"
    return opened(name, tensors)


def column(made: Made) -> pa.Array:
    return made.rows.column(0)


def put(made: Made, values: pa.Array) -> pa.RecordBatch:
    return made.rows.set_column(0, made.rows.schema.names[0], values)


def test_the_signature_says_the_shape_of_a_row(tensors: Made, session: Session) -> None:
    shapes = [spec.shape for spec in session.signature.inputs]
    given = shape_of(column(tensors).type)
    assert any(
        s is not None and len(s) == len(given) and all(w in (None, g) for w, g in zip(s, given, strict=True)) for s in shapes
    )


def test_tensors_are_scored_as_in_python(tensors: Made, session: Session) -> None:
    scores = scores_of(session.score(tensors.rows))
    assert scores.refused == {}
    assert [output.spec for output in scores.outputs] == list(session.signature.outputs)
    assert all(output.spec.width in (None, output.values.shape[1]) for output in scores.outputs)
    np.testing.assert_allclose(named(scores, tensors.output).values, tensors.expected, rtol=0, atol=2e-6)
    assert bits(scores) == bits(scores_of(session.score(tensors.rows)))


def test_a_part_of_the_rows_is_that_part(tensors: Made, session: Session) -> None:
    part = scores_of(session.score(tensors.rows.slice(3, 4)))
    np.testing.assert_allclose(named(part, tensors.output).values, tensors.expected[3:7], rtol=0, atol=2e-6)


def test_no_rows_are_no_crash(tensors: Made, session: Session) -> None:
    outcome = session.score(tensors.rows.slice(0, 0))
    assert refusals(outcome) == {"empty-batch"} if isinstance(outcome, Refusal) else outcome.rows == 0
    scores_of(session.score(tensors.rows))


def test_values_of_another_type_are_converted_as_java_does(tensors: Made, session: Session) -> None:
    given = cells(column(tensors))
    wide = column_of(given.astype(np.float64), pa.float64(), given.shape[1:])
    assert bits(scores_of(session.score(put(tensors, wide)))) == bits(scores_of(session.score(tensors.rows)))


def test_a_missing_tensor_is_an_outcome_of_its_row(tensors: Made, session: Session) -> None:
    given = cells(column(tensors))
    missing = np.arange(len(given)) == 2
    outcome = scores_of(session.score(put(tensors, column_of(given, element_of(column(tensors).type), given.shape[1:], missing))))
    assert set(outcome.refused) <= {2}
    before, after = (named(s, tensors.output).values for s in (scores_of(session.score(tensors.rows)), outcome))
    np.testing.assert_allclose(np.delete(after, 2, axis=0), np.delete(before, 2, axis=0), rtol=0, atol=2e-6)


def test_a_hole_in_a_tensor_and_lists_of_any_length_are_refused_before_the_engine(tensors: Made, session: Session) -> None:
    shape, rows = shape_of(column(tensors).type), tensors.rows.num_rows
    values = [[0.5] * int(np.prod(shape)) for _ in range(rows)]
    values[1][0] = None  # type: ignore[call-overload]
    flat = pa.array([v for row in values for v in row], pa.float32())
    for length in reversed(shape):
        flat = pa.FixedSizeListArray.from_arrays(flat, length)
    assert refusals(session.score(put(tensors, flat))) == {"missing"}
    assert refusals(session.score(put(tensors, pa.array([[0.5] * (i % 3) for i in range(rows)], pa.list_(pa.float32()))))) == {
        "type"
    }
    assert refusals(session.score(put(tensors, pa.array(["abc"] * rows)))) <= {"type", "other", "shape"}
    scores_of(session.score(tensors.rows))


def test_columns_of_single_values_fill_a_tensor_in_c_order(tensors: Made, session: Session) -> None:
    given = cells(column(tensors))
    wide = given.reshape(len(given), -1)
    batch = pa.record_batch({f"p{i:03}": wide[:, i] for i in range(wide.shape[1])})
    parts = [batch.append_column(n, tensors.rows.column(n)) for n in tensors.rows.schema.names[1:]] or [batch]
    single = [replace(tensors.columns[0], name=name, shape=()) for name in batch.schema.names]
    before = bits(scores_of(session.score(tensors.rows)))
    spec = next(s for s in session.signature.inputs if len(s.shape or ()) == given.ndim - 1)
    if spec.width != wide.shape[1]:
        return
    own = match_inputs(tensors.columns, session.signature, {})
    try:
        session.bind({**own, spec.name: tuple(column.name for column in single)})
        assert bits(scores_of(session.score(parts[-1]))) == before
    finally:
        session.bind(own)
