"""The ways in which harnesses are known to pass without having compared anything (facts/peers.md 3.3): none of them passes here.

A runtime that lies in one way each, over the fake engine in a real JVM; the whole flow decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parity.compare.matching import match_outputs
from parity.errors import DataError, MatchingError
from parity.flow import sides as sides_module
from parity.pipeline import Workbench, items, run_item
from parity.runtimes import open_session
from parity.runtimes.wrapped import WrappedSession
from parity.values.case import Artifact, Case, Configuration
from parity.values.outcome import Outcome, Refusal, Scores
from parity.values.plan import Phase
from parity.values.result import PhaseResult, Verdict
from parity.values.settings import Settings
from parity.values.signature import OutputKind, OutputSpec, Signature

SAMPLE = pd.DataFrame({"age": np.arange(18.0, 58.0), "income": np.linspace(0.5, 9.5, 40)})


def honest(rows: pd.DataFrame) -> Any:
    return 0.5 * rows["age"] + 2.0 * rows["income"]


def nothing(rows: pd.DataFrame) -> Any:
    return np.full(len(rows), np.nan)


Answer = Callable[[Scores], Outcome]


@pytest.fixture
def judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., PhaseResult]]:
    """One phase of an honest model, in a runtime whose answers are changed on their way."""
    bench = Workbench()

    def run(answer: Answer, phase: Phase = Phase.RANDOM, reference: Any = honest, data: pd.DataFrame = SAMPLE) -> PhaseResult:
        def opened(*args: Any, **keys: Any) -> WrappedSession:
            return WrappedSession(open_session(*args, **keys), answered=answer)  # type: ignore[arg-type]

        monkeypatch.setattr(sides_module, "open_session", opened)
        (tmp_path / "model.fake").write_text("age = 0.5\nincome = 2.0\n")
        case = Case("churn", reference, (Artifact(tmp_path / "model.fake"),), tmp_path, data=data, source="test")
        (item,) = items(Configuration(tmp_path, (case,)), phases=[phase])
        return run_item(item, Settings(tmp_path / ".parity", profile="dev", rows=200), bench)

    yield run
    bench.close()


def as_it_is(scores: Scores) -> Outcome:
    return scores


def each(scores: Scores, change: Callable[[Any], Any]) -> Scores:
    return replace(scores, outputs=tuple(replace(o, values=change(o.values)) for o in scores.outputs))


def shorter(scores: Scores) -> Outcome:
    """One row is lost: the shorter side must not decide what is compared."""
    return replace(each(scores, lambda v: v[:-1]), rows=scores.rows - 1)


def lost_at_the_front(scores: Scores) -> Outcome:
    return replace(each(scores, lambda v: v[1:]), rows=scores.rows - 1)


def without_columns(scores: Scores) -> Outcome:
    return each(scores, lambda v: v[:, :0])


def without_outputs(scores: Scores) -> Outcome:
    return replace(scores, outputs=())


def only_nan(scores: Scores) -> Outcome:
    return each(scores, lambda v: np.full_like(v, np.nan))


def refusing(scores: Scores) -> Outcome:
    return Refusal("invalid-value", f"no answer to {scores.rows} rows")


def constant(scores: Scores) -> Outcome:
    return each(scores, np.zeros_like)


def test_the_honest_runtime_passes(judged: Callable[..., PhaseResult]) -> None:
    assert judged(as_it_is).verdict == Verdict.PASS


@pytest.mark.parametrize("lie", [shorter, lost_at_the_front, without_columns, without_outputs, only_nan, refusing, constant])
@pytest.mark.parametrize("phase", [Phase.EXAMPLES, Phase.RANDOM])
def test_a_runtime_that_gives_less_than_it_was_asked_for_fails(
    judged: Callable[..., PhaseResult], lie: Answer, phase: Phase
) -> None:
    result = judged(lie, phase)
    assert result.verdict == Verdict.FAIL, result.reason
    assert result.findings


def test_a_sample_without_rows_is_an_error(judged: Callable[..., PhaseResult]) -> None:
    with pytest.raises(DataError, match="has no rows; give a few hundred real rows, or leave data out"):
        judged(as_it_is, Phase.EXAMPLES, data=SAMPLE.iloc[:0])


def test_a_reference_that_says_nothing_is_no_pass(judged: Callable[..., PhaseResult]) -> None:
    """NaN on both sides is agreement about nothing."""
    result = judged(only_nan, reference=nothing)
    assert result.verdict == Verdict.NOT_MEASURED and "the reference itself keeps value constant" in result.reason


def test_an_output_that_nobody_matched_is_an_error() -> None:
    """Neither a label nor the probability of the other class is left out."""
    reference = Signature((), (OutputSpec("probability", "float64", OutputKind.PROBABILITY, 2),))
    label, p = OutputSpec("label", "int64", OutputKind.LABEL, 1), OutputSpec("p", "float32", OutputKind.PROBABILITY, 2)
    with pytest.raises(MatchingError, match="label"):
        match_outputs(reference, Signature((), (label, p)))
    assert [pair.name for pair in match_outputs(reference, Signature((), (label, p)), ignored=("label",)).pairs] == [
        "probability"
    ]
