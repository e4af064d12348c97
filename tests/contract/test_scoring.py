"""What every runtime's session owes to the stages above it, clause by clause."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from parity.values.outcome import Outcome, Output, Refusal, Scores
from parity.values.timing import TimingPlan
from tests.contract.artifacts import Made
from tests.contract.conftest import Opener

KINDS = {
    "missing", "invalid-value", "unseen-category", "type", "shape", "empty-batch", "column-absent", "artifact", "other",
}  # fmt: skip


def scores_of(outcome: Outcome) -> Scores:
    assert isinstance(outcome, Scores), outcome
    return outcome


def named(scores: Scores, name: str) -> Output:
    return next(output for output in scores.outputs if output.spec.name == name)


def bits(scores: Scores) -> list[bytes]:
    """The exact content of all outputs."""
    return [
        repr(output.values.tolist()).encode() if output.values.dtype == object else output.values.tobytes()
        for output in scores.outputs
    ]


def refusals(outcome: Outcome) -> set[str]:
    """The kinds of all refusals of an outcome, each of which has to have a text."""
    found = [outcome] if isinstance(outcome, Refusal) else list(outcome.refused.values())
    assert all(refusal.message.strip() for refusal in found)
    assert {refusal.kind for refusal in found} <= KINDS
    return {refusal.kind for refusal in found}


def test_the_signature_names_inputs_and_outputs_with_types(runtime: str, artifacts: tuple[Made, ...], opened: Opener) -> None:
    for made in artifacts:
        signature = opened(runtime, made).signature
        inputs, outputs = [spec.name for spec in signature.inputs], [spec.name for spec in signature.outputs]
        assert inputs
        assert made.output in outputs
        assert len(set(inputs)) == len(inputs)
        assert len(set(outputs)) == len(outputs)
        assert {spec.type for spec in signature.inputs} <= {"float32", "float64", "int32", "int64", "bool", "string", "any"}
        assert {spec.type for spec in signature.outputs} <= {"float32", "float64", "int32", "int64", "bool", "string"}
        assert all(spec.classes is None or len(spec.classes) == spec.width for spec in signature.outputs)
        assert {"engine", "engine.version"} <= set(dict(signature.facts))


def test_ordinary_rows_are_scored_as_in_python(runtime: str, artifacts: tuple[Made, ...], opened: Opener) -> None:
    for made in artifacts:
        session = opened(runtime, made)
        scores = scores_of(session.score(made.rows))
        assert scores.rows == made.rows.num_rows
        assert scores.refused == {}
        assert [output.spec for output in scores.outputs] == list(session.signature.outputs)
        for output in scores.outputs:
            assert output.values.shape[0] == scores.rows
            assert output.spec.width in (None, output.values.shape[1])
            assert output.values.dtype == (object if output.spec.type == "string" else np.dtype(output.spec.type))
        np.testing.assert_allclose(named(scores, made.output).values, made.expected, rtol=0, atol=2e-6)


def test_the_same_rows_give_the_same_bits(runtime: str, artifacts: tuple[Made, ...], opened: Opener) -> None:
    for made in artifacts:
        session = opened(runtime, made)
        assert bits(scores_of(session.score(made.rows))) == bits(scores_of(session.score(made.rows)))


def test_the_order_of_the_columns_does_not_matter(runtime: str, artifacts: tuple[Made, ...], opened: Opener) -> None:
    for made in artifacts:
        session, names = opened(runtime, made), made.rows.schema.names
        turned = made.rows.select(names[::-1])
        assert bits(scores_of(session.score(turned))) == bits(scores_of(session.score(made.rows)))


def test_one_row_alone_is_scored_as_in_company(runtime: str, artifacts: tuple[Made, ...], opened: Opener) -> None:
    for made in artifacts:
        session = opened(runtime, made)
        alone, together = scores_of(session.score(made.rows.slice(5, 1))), scores_of(session.score(made.rows))
        np.testing.assert_allclose(named(alone, made.output).values[0], named(together, made.output).values[5], rtol=0, atol=2e-6)


def test_no_rows_are_no_crash(runtime: str, artifacts: tuple[Made, ...], opened: Opener) -> None:
    for made in artifacts:
        session = opened(runtime, made)
        outcome = session.score(made.rows.slice(0, 0))
        assert outcome.rows == 0 if isinstance(outcome, Scores) else refusals(outcome) == {"empty-batch"}
        scores_of(session.score(made.rows))


def test_a_further_column_is_not_fed(runtime: str, artifacts: tuple[Made, ...], opened: Opener) -> None:
    for made in artifacts:
        session = opened(runtime, made)
        wider = pa.RecordBatch.from_arrays(
            [pa.array([f"id{i}" for i in range(made.rows.num_rows)]), *made.rows.columns], names=["id", *made.rows.schema.names]
        )
        assert bits(scores_of(session.score(wider))) == bits(scores_of(session.score(made.rows)))


@pytest.mark.parametrize("keep", [1, 0])
def test_absent_columns_are_an_outcome_and_the_session_goes_on(
    runtime: str, artifacts: tuple[Made, ...], opened: Opener, keep: int
) -> None:
    for made in artifacts:
        session = opened(runtime, made)
        before = bits(scores_of(session.score(made.rows)))
        columns = [made.rows.column(i) for i in range(keep)] + [made.rows.column(1)]
        outcome = session.score(pa.RecordBatch.from_arrays(columns, names=[*made.rows.schema.names[:keep], "misnamed"]))
        assert refusals(outcome) <= {"column-absent", "shape", "missing", "type", "other", "empty-batch"}
        assert bits(scores_of(session.score(made.rows))) == before


def test_text_in_place_of_a_number_is_refused_or_counts_as_missing(
    runtime: str, artifacts: tuple[Made, ...], opened: Opener
) -> None:
    for made in artifacts:
        session, rows = opened(runtime, made), made.rows.num_rows
        outcome = session.score(made.rows.set_column(0, "a", pa.array(["abc"] * rows)))
        if isinstance(outcome, Scores) and not outcome.refused:
            absent = session.score(made.rows.set_column(0, "a", pa.nulls(rows, pa.float32())))
            assert bits(outcome) == bits(scores_of(absent))
            continue
        assert refusals(outcome) & {"type", "invalid-value", "other"}
        assert isinstance(outcome, Refusal) or len(outcome.refused) == rows
        scores_of(session.score(made.rows))


def test_wider_and_narrower_numbers_are_taken(runtime: str, artifacts: tuple[Made, ...], opened: Opener) -> None:
    for made in artifacts:
        session, first = opened(runtime, made), made.rows.schema.field(0).name
        for kind in (pa.float64(), pa.int64(), pa.int8()):
            whole = pa.array([i % 3 for i in range(made.rows.num_rows)], kind)
            scores = scores_of(session.score(made.rows.set_column(0, first, whole)))
            same = scores_of(session.score(made.rows.set_column(0, first, whole.cast(pa.float32()))))
            assert bits(scores) == bits(same)


def test_missing_numbers_are_an_outcome_per_row(runtime: str, artifacts: tuple[Made, ...], opened: Opener) -> None:
    for made in artifacts:
        session = opened(runtime, made)
        holes = pa.array([None if i == 3 else 0.5 for i in range(made.rows.num_rows)], pa.float32())
        outcome = session.score(made.rows.set_column(0, "a", holes))
        refusals(outcome)
        assert isinstance(outcome, Scores)
        assert set(outcome.refused) <= {3}


def test_missing_and_unseen_text_are_outcomes_per_row_or_of_the_batch(
    runtime: str, artifacts: tuple[Made, ...], opened: Opener
) -> None:
    for made in artifacts:
        if "city" not in made.rows.schema.names:
            continue
        session = opened(runtime, made)
        for value in (None, "Atlantis"):
            cities = pa.array([value if i == 3 else "Oslo" for i in range(made.rows.num_rows)], pa.string())
            outcome = session.score(made.rows.set_column(3, "city", cities))
            assert refusals(outcome) <= {"missing", "unseen-category", "invalid-value"}
            assert isinstance(outcome, Refusal) or set(outcome.refused) <= {3}
            scores_of(session.score(made.rows))
        encoded = made.rows.set_column(3, "city", made.rows.column("city").dictionary_encode())
        assert bits(scores_of(session.score(encoded))) == bits(scores_of(session.score(made.rows)))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.0, 5e-324, 1e300])
def test_special_numbers_are_an_outcome(runtime: str, artifacts: tuple[Made, ...], opened: Opener, value: float) -> None:
    for made in artifacts:
        session = opened(runtime, made)
        before = bits(scores_of(session.score(made.rows)))
        refusals(session.score(made.rows.set_column(0, "a", pa.array([value] * made.rows.num_rows))))
        assert bits(scores_of(session.score(made.rows))) == before


def test_it_can_be_timed(runtime: str, artifacts: tuple[Made, ...], opened: Opener) -> None:
    plan = TimingPlan(warmup_rows=100, samples=20, max_measure_ns=60_000_000_000)  # enough for an engine that plans each call
    timing = opened(runtime, artifacts[0]).time(artifacts[0].rows, plan)
    assert len(timing.nanoseconds) == 20
    assert min(timing.nanoseconds) > 0


def test_the_environment_says_what_scored(runtime: str, artifacts: tuple[Made, ...], opened: Opener) -> None:
    environment = opened(runtime, artifacts[0]).environment
    assert environment["runtime"] == runtime
    assert environment["mode"] == "worker"
    assert environment["licence"]
    assert "parity-harness.jar" in environment["jars"]
    assert environment["jvm"]["version"] == environment["versions"]["java.version"]
