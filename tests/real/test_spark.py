"""Spark pipelines fitted to real data, beside twins of the same numbers; and what Spark makes of a number that is a category."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from parity.values.case import Artifact, Case
from parity.values.result import Verdict
from tests.real import spark
from tests.real.judged import judged
from tests.real.models import Made

pytestmark = [pytest.mark.slow, pytest.mark.heavy(jars="spark")]


def case(made: Made, where: Path) -> Case:
    return Case("case", made.model, (Artifact(made.artifact),), where, data=made.sample, source="test")


@pytest.mark.parametrize("build", [spark.digits, spark.tumour])
def test_real_rows_are_scored_as_by_the_twin(build: Callable[[Path], Made], tmp_path: Path) -> None:
    made = build(tmp_path)
    examples, random = judged(case(made, tmp_path), tmp_path, "examples", "random", rows=2_000)
    assert (examples.verdict, random.verdict) == (Verdict.PASS, Verdict.PASS), (examples.reason, random.reason)
    assert examples.compared >= len(made.sample)
    assert random.compared >= 2_000


def test_beside_every_split_the_trees_decide_alike(tmp_path: Path) -> None:
    (boundary,) = judged(case(spark.tumour(tmp_path), tmp_path), tmp_path, "boundary", rows=2_000)
    assert boundary.verdict == Verdict.PASS, boundary.reason
    assert boundary.compared > 100


def test_a_whole_number_that_comes_as_a_double_is_another_category(tmp_path: Path) -> None:
    """StringIndexer compares texts, and Spark writes the double 3 as "3.0": a label that the pipeline has not seen.

    The frame of pandas whose column once had a missing value, or a JSON number, is enough for it. In Python 3.0 is 3.
    """
    (result,) = judged(case(spark.codes(tmp_path, float), tmp_path), tmp_path, "examples")
    assert result.verdict == Verdict.FAIL
    refused = [finding for finding in result.findings if not finding.off_domain]
    assert {(str(finding.kind), finding.rows) for finding in refused} == {("refusal", 600)}
    assert "Unseen label: " in str(refused[0].seen.runtime) and ".0" in str(refused[0].seen.runtime)


def test_as_a_whole_number_it_is_the_category_that_it_was(tmp_path: Path) -> None:
    (result,) = judged(case(spark.codes(tmp_path, int), tmp_path), tmp_path, "examples")
    assert result.verdict == Verdict.PASS, result.reason
    assert result.compared == 600
