import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parity.compare.drift import answered, drift_of
from parity.compare.matching import Pair
from parity.values.outcome import Refusal
from parity.values.signature import OutputKind as K
from tests.compare.helpers import output, scores


def drift(ours: object, theirs: object, kind: K = K.VALUE, ours_missing: object = None, theirs_missing: object = None):
    a, b = output("a", ours, kind, ours_missing), output("b", theirs, kind, theirs_missing)
    return drift_of(Pair(a.spec, b.spec), scores(a), scores(b))


def test_equal_is_zero_and_infinities_of_one_sign_are_equal() -> None:
    found = drift([1.0, np.inf, -0.0], [1.0, np.inf, 0.0])
    assert found.distance.tolist() == [0, 0, 0] and not found.mask.any()


def test_opposite_infinities_are_infinitely_apart() -> None:
    assert drift([np.inf], [-np.inf]).distance.tolist() == [np.inf]


def test_ulps_are_counted_in_the_narrower_type() -> None:
    theirs = np.nextafter(np.float32(0.1), np.float32(1))
    assert drift([0.1], np.array([theirs], np.float32)).ulp.tolist() == [1]


@pytest.mark.parametrize(
    ("ours", "theirs", "theirs_missing", "mask"),
    [(np.nan, np.nan, False, False), (np.nan, 1.0, False, True), (1.0, 0.0, True, True), (np.nan, 0.0, True, True)],
)
def test_nan_null_and_numbers_are_three_things(ours: float, theirs: float, theirs_missing: bool, mask: bool) -> None:
    assert drift([ours], [theirs], theirs_missing=[theirs_missing]).mask.tolist() == [mask]


def test_what_stands_in_a_cell_without_a_value_means_nothing() -> None:
    found = drift([[1.0, 5.0], [1.0, 2.0]], [[1.5, 1e219], [1.0, 2.0]], K.VALUE, *[[[False, True], [False, False]]] * 2)
    assert found.distance.tolist() == [0.5, 0.0] and not found.mask.any()
    labels = drift(np.array(["a", "b"], object), np.array(["z", "b"], object), K.LABEL, [True, False], [True, False])
    assert not labels.distance.any() and not labels.mask.any()


def test_labels_of_other_types_are_equal_by_meaning() -> None:
    found = drift([1, 0, 1], np.array(["1", "0", "0"], object), K.LABEL)
    assert found.distance.tolist() == [0, 0, 1]


def test_widths_that_do_not_fit_are_a_shape_drift_of_every_row() -> None:
    found = drift(np.zeros((2, 3)), np.zeros((2, 2)))
    assert found.shape and np.isinf(found.distance).all()


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_a_side_never_drifts_from_itself(values: list[float]) -> None:
    assert drift(values, values).distance.max() == 0


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=30))
def test_distance_is_symmetric_and_exact(rows: list[tuple[float, float]]) -> None:
    ours, theirs = [r[0] for r in rows], [r[1] for r in rows]
    there, back = drift(ours, theirs).distance, drift(theirs, ours).distance
    assert (there == back).all() and (there == np.abs(np.array(ours) - np.array(theirs))).all()


def test_refused_rows_are_not_answered() -> None:
    a = scores(output("a", [1.0, 2.0]), refused={1: Refusal("missing", "x")})
    b = scores(output("b", [1.0, 2.0]))
    assert answered(a, b).both.tolist() == [True, False]
