"""MLeap's bundles: what was read gives the scores that MLeap's runtime gives, and those of the models where both agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from parity.anatomy import read_artifact
from parity.anatomy.traverse import leaves, margins
from parity.diagnose.margins import linked
from parity.values.anatomy import Floats

KEPT = Path(__file__).parents[1] / "fixtures" / "mleap"
NAMES = ("a", "b", "c")


def rows() -> Floats:
    with np.load(KEPT / "rows.npz") as found:
        return np.asarray(found["numbers"], np.float64)


def expected(name: str) -> Floats:
    with np.load(KEPT / f"{name}.npz") as found:
        return np.asarray(found["scores"], np.float64)


@pytest.mark.parametrize("name", ["forest", "forest_value", "logistic_probability"])
def test_the_scores_are_those_of_the_model_that_was_exported(name: str) -> None:
    anatomy = read_artifact(KEPT / f"{name}.zip", NAMES)
    assert anatomy.unread == ()
    given = rows() if anatomy.prefix is None else anatomy.prefix.transform(rows())
    wanted = expected(name)
    if anatomy.linear is not None:
        found = linked(given @ anatomy.linear.weights.T + anatomy.linear.intercept, anatomy.linear.link, wanted.shape[1])
    else:
        assert anatomy.trees is not None
        found = margins(anatomy.trees, leaves(anatomy.trees, given))
    np.testing.assert_allclose(found.reshape(wanted.shape), wanted, rtol=0, atol=1e-12)


def test_a_matrix_is_read_as_the_runtime_reads_it() -> None:
    """Column by column: the transpose of what scikit-learn wrote, where there are as many classes as features."""
    anatomy = read_artifact(KEPT / "logistic_three.zip", NAMES)
    assert anatomy.linear is not None
    assert anatomy.linear.weights[0, 1] == 0.2968810847975959
    assert anatomy.linear.weights[1, 0] == 0.008139535822240846


def test_columns_in_another_order_are_found_by_name() -> None:
    turned = read_artifact(KEPT / "forest.zip", NAMES[::-1])
    assert turned.prefix is not None
    np.testing.assert_array_equal(turned.prefix.transform(rows()[:, ::-1]), rows())


def test_other_stages_are_told() -> None:
    anatomy = read_artifact(KEPT / "text.zip", (*NAMES, "city"))
    assert anatomy.trees is None and anatomy.linear is None
    assert any("MLeap's" in note for note in anatomy.unread)
