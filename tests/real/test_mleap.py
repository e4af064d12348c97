"""MLeap on bundles of its own exporter: what it reads wrongly is found, what it declines is told, the rest is green."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from parity.errors import ArtifactError
from parity.values.case import Artifact, Case
from parity.values.result import PhaseResult, Verdict
from tests.real import mleap
from tests.real.judged import judged
from tests.real.models import Made

pytestmark = pytest.mark.slow


def on_the_sample(made: Made, where: Path, *ignored: str, **options: str) -> PhaseResult:
    artifact = Artifact(made.artifact, ("mleap",), options=options)
    case = Case("case", made.model, (artifact,), where, data=made.sample, source="test", ignore_outputs=ignored)
    (result,) = judged(case, where, "examples")
    return result


def built(build: Callable[..., Made], where: Path, **more: int) -> Made:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter is older than scikit-learn's names
        return build(where, **more)


def found(result: PhaseResult) -> dict[str, int]:
    assert result.verdict == Verdict.FAIL, result.reason
    return {str(finding.kind): finding.rows for finding in result.findings if not finding.off_domain}


def test_the_coefficients_of_three_classes_are_read_the_other_way_round(tmp_path: Path) -> None:
    made = built(mleap.three_classes_are_read_the_other_way_round, tmp_path)
    result = on_the_sample(made, tmp_path)
    assert found(result)["label-flip"] > 50
    assert {finding.cause.name if finding.cause else None for finding in result.findings} == {"matrix-order"}
    # The counterfactual: the same model with its matrix written in the order in which MLeap reads agrees on every row.
    result = on_the_sample(mleap.written_column_by_column(made, tmp_path / "turned.zip"), tmp_path)
    assert result.verdict == Verdict.PASS, result.reason
    assert result.compared == len(made.sample)


def test_a_forest_sends_nan_the_other_way(tmp_path: Path) -> None:
    made = built(mleap.forest_with_missing, tmp_path)
    result = on_the_sample(made, tmp_path, "raw_prediction", missing="nan")
    assert sum(found(result).values()) > 100
    assert {finding.cause.name if finding.cause else None for finding in result.findings} == {"missing-direction-dropped"}


def test_a_forest_on_doubles_takes_another_leaf_where_float_and_double_differ(tmp_path: Path) -> None:
    result = on_the_sample(built(mleap.forest_compared_in_double, tmp_path), tmp_path, "raw_prediction")
    assert found(result) == {"branch-flip": 1}
    assert [finding.cause and finding.cause.name for finding in result.findings] == ["compared-in-double"]


def test_a_missing_value_in_its_own_convention_is_declined(tmp_path: Path) -> None:
    made = built(mleap.forest_with_missing, tmp_path)
    rows = int(made.sample.isna().any(axis=1).sum())
    assert found(on_the_sample(made, tmp_path, "raw_prediction")) == {"refusal": rows}


def test_a_split_between_missing_and_present_is_exported_as_no_json(tmp_path: Path) -> None:
    made = built(mleap.forest_with_missing, tmp_path, depth=4)
    with pytest.raises(ArtifactError, match=r'Unexpected character .I.*"threshold": Infinity'):
        on_the_sample(made, tmp_path, "raw_prediction")


@pytest.mark.parametrize("build", [mleap.clean_two_classes, mleap.clean_forest])
def test_a_clean_model_is_green(build: Callable[[Path], Made], tmp_path: Path) -> None:
    made = built(build, tmp_path)
    result = on_the_sample(made, tmp_path, *(["raw_prediction"] if build is mleap.clean_forest else []))
    assert result.verdict == Verdict.PASS, result.reason
    assert result.compared >= len(made.sample)
