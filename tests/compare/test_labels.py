import numpy as np
import pytest

from parity.compare.labels import canonical, canonical_array


@pytest.mark.parametrize("label", [1, 1.0, "1", "1.0", True, np.int64(1), np.float32(1), "true", "True"])
def test_one_is_one_whatever_its_type(label: object) -> None:
    assert canonical(label) == "1"


@pytest.mark.parametrize(
    ("a", "b"), [("001", "1"), (" 1", "1"), ("1e0", "1"), (1.5, "1"), ("Łódź", "Lódź"), ("", "0"), ("yes", "Yes")]
)
def test_different_labels_stay_different(a: object, b: object) -> None:
    assert canonical(a) != canonical(b)


def test_arrays_keep_their_shape_and_mixed_types() -> None:
    assert canonical_array(np.array([[1], [2]])).tolist() == [["1"], ["2"]]
    assert canonical_array(np.array([["1"], [2.0], ["x"]], object)).tolist() == [["1"], ["2"], ["x"]]
