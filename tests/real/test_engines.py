"""Faults of an engine, not of an export: found on the sample itself, while the engine's clean models are green."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from parity.values.case import Artifact, Case
from parity.values.result import PhaseResult, Verdict
from tests.real import engines
from tests.real.judged import judged
from tests.real.models import Made

pytestmark = pytest.mark.slow

# Each with the runtime, the kind of its findings, the rows of the sample that must have been found at least, and the cause.
FAULTS: tuple[tuple[Callable[[Path], Made], str, str, int, str], ...] = (
    (engines.pmml4s_compares_floats_in_double, "pmml4s", "value", 10, "float32-thresholds"),
    (engines.pmml4s_cannot_read_an_infinite_threshold, "pmml4s", "missing-mask", 100, "infinite-threshold"),
    (engines.pmml4s_opens_a_file_that_is_cut, "pmml4s", "missing-mask", 569, "artifact-cut"),
    (engines.catboost_takes_1_0_for_another_category, "catboost", "value", 500, "number-as-text"),
    (engines.lightgbm4j_dies_above_two_classes, "lightgbm4j", "crash", 1, "engine-api"),
    (engines.onnxruntime_hands_over_another_text, "onnxruntime", "value", 500, "text-beyond-plane-0"),
)
# The other engine for the same files, and the models that these engines score as they should.
CLEAN: tuple[tuple[Callable[[Path], Made], str], ...] = (
    (engines.pmml4s_compares_floats_in_double, "jpmml"),
    (engines.pmml4s_cannot_read_an_infinite_threshold, "jpmml"),
    (engines.clean_lightgbm_text, "lightgbm4j"),
    (engines.clean_catboost, "catboost"),
)


def built(build: Callable[[Path], Made], where: Path) -> Made:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # converters warn of their own deprecations
        return build(where)


def on_the_sample(build: Callable[[Path], Made], runtime: str, where: Path, **options: str) -> PhaseResult:
    made = built(build, where)
    artifact = Artifact(made.artifact, (runtime,))
    case = Case(build.__name__, made.model, (replace(artifact, options=options),), where, data=made.sample, source="test")
    # A worker with a broken heap dies or hangs: what hangs is ended soon.
    (result,) = judged(case, where, "examples", timeout_seconds=10.0)
    return result


@pytest.mark.parametrize(
    ("build", "runtime", "kind", "rows", "cause"), FAULTS, ids=lambda value: getattr(value, "__name__", None)
)
def test_a_fault_of_an_engine_is_found_and_its_cause_is_named(
    build: Callable[[Path], Made], runtime: str, kind: str, rows: int, cause: str, tmp_path: Path
) -> None:
    result = on_the_sample(build, runtime, tmp_path)
    assert result.verdict == Verdict.FAIL
    found = [finding for finding in result.findings if not finding.off_domain]
    kinds = {str(finding.kind) for finding in found}
    assert kinds <= ({"crash", "timeout"} if kind == "crash" else {kind})
    assert sum(finding.rows for finding in found) >= rows
    assert {finding.cause.name if finding.cause else None for finding in found} == {cause}


def test_an_emoji_that_becomes_another_text_is_laid_at_the_door_of_the_engine(tmp_path: Path) -> None:
    result = on_the_sample(engines.onnxruntime_hands_over_another_text, "onnxruntime", tmp_path)
    assert all("onnxruntime" in finding.origin for finding in result.findings if not finding.off_domain)


def test_the_rows_that_divide_by_zero_are_found_and_the_run_goes_on(tmp_path: Path) -> None:
    """The sample in one call is scored; what kills is asked alone, found, and laid at rows in which nothing is missing."""
    made = built(engines.onnxruntime_dies_of_rows_without_a_hole, tmp_path)
    case = Case("complete", made.model, (Artifact(made.artifact),), tmp_path, data=made.sample, source="test")
    examples, special, random, invariance = judged(case, tmp_path, "examples", "special", "random", "invariance")
    assert (examples.verdict, examples.compared) == (Verdict.PASS, 200), examples.reason
    assert special.compared > 20, "rows with a hole are scored before and after"
    for result, ways in ((random, {"random"}), (invariance, {"batch-of-one"})):
        assert result.verdict == Verdict.FAIL
        (found,) = [finding for finding in result.findings if not finding.off_domain]
        assert (found.kind, found.input_class in ways) == ("crash", True)
        assert "SIGFPE in [libonnxruntime.so" in str(found.seen.runtime)
        assert found.row.num_rows == 1
        assert all(column.null_count == 0 for column in found.row.columns), "the row that kills is complete"
    assert "never asked: the runtime died before them" in random.reason or "not judged: their call failed" in random.reason


def test_the_other_way_into_lightgbm_has_room_for_all_classes(tmp_path: Path) -> None:
    result = on_the_sample(engines.lightgbm4j_dies_above_two_classes, "lightgbm4j", tmp_path, api="direct")
    assert result.verdict == Verdict.PASS, result.reason
    assert result.compared > 1_500


@pytest.mark.parametrize(("build", "runtime"), CLEAN, ids=lambda value: getattr(value, "__name__", None))
def test_a_clean_model_is_green(build: Callable[[Path], Made], runtime: str, tmp_path: Path) -> None:
    result = on_the_sample(build, runtime, tmp_path)
    assert result.verdict == Verdict.PASS, result.reason
    assert result.compared > 500
