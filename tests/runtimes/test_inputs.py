from __future__ import annotations

import pytest

from parity.errors import MatchingError
from parity.runtimes.inputs import match_inputs
from parity.values.columns import Column, ColumnType
from parity.values.signature import InputSpec, Signature

NUMBER, TEXT = ColumnType.FLOAT64, ColumnType.STRING


def columns(*names: str, **types: ColumnType) -> list[Column]:
    return [Column(name, types.get(name, NUMBER)) for name in names]


def signature(*inputs: InputSpec, **facts: str) -> Signature:
    return Signature(inputs, (), tuple(facts.items()))


def test_equal_names_in_any_order_and_unused_columns_are_left_out() -> None:
    inputs = signature(InputSpec("b", "float64"), InputSpec("a", "float64"))
    assert match_inputs(columns("a", "b", "c"), inputs, {}) == {"b": ("b",), "a": ("a",)}


def test_names_made_c_identifiers() -> None:
    inputs = signature(InputSpec("petal_length__cm_", "float32"), InputSpec("_2nd", "float32"))
    matched = match_inputs(columns("2nd", "petal length (cm)"), inputs, {})
    assert matched == {"petal_length__cm_": ("petal length (cm)",), "_2nd": ("2nd",)}


def test_two_names_that_become_one_identifier_match_nothing() -> None:
    inputs = signature(InputSpec("a_b", "float32"), InputSpec("c", "float32"))
    with pytest.raises(MatchingError):
        match_inputs(columns("a b", "a-b", "c"), inputs, {})


@pytest.mark.parametrize("width", [3, None])
def test_one_tensor_of_full_width_in_fitted_order(width: int | None) -> None:
    assert match_inputs(columns("b", "a", "c"), signature(InputSpec("X", "float32", width)), {}) == {"X": ("b", "a", "c")}


def test_a_tensor_of_another_width_or_type_is_an_error_that_shows_both_lists() -> None:
    with pytest.raises(MatchingError, match=r"Columns: a \(float64\), s \(string\)\. Inputs: X \(float32, 3 wide\)"):
        match_inputs(columns("a", "s", s=TEXT), signature(InputSpec("X", "float32", 3)), {})
    with pytest.raises(MatchingError, match="inputs = "):
        match_inputs(columns("a", "s", s=TEXT), signature(InputSpec("X", "float32", 2)), {})


def test_features_that_the_artifact_names_come_in_its_order() -> None:
    inputs = signature(InputSpec("features", "float32", 2), feature_names='["b", "a"]')
    assert match_inputs(columns("a", "b", "c"), inputs, {}) == {"features": ("b", "a")}
    assert match_inputs(columns("x", "y"), inputs, {}) == {"features": ("x", "y")}


def test_several_tensors_whose_widths_and_types_fit() -> None:
    inputs = signature(InputSpec("num", "float32", 2), InputSpec("cat", "string", 1))
    assert match_inputs(columns("n", "city", "m", city=TEXT), inputs, {}) == {"num": ("n", "m"), "cat": ("city",)}
    with pytest.raises(MatchingError):
        match_inputs(columns("n", "m", "o", "city", city=TEXT), inputs, {})


def test_numbered_names_of_an_array_of_which_some_are_unused() -> None:
    inputs = signature(InputSpec("x3", "float64"), InputSpec("x1", "float64"))
    assert match_inputs(columns("age", "debt", "income"), inputs, {}) == {"x3": ("income",), "x1": ("age",)}


def test_what_is_declared_comes_first_and_the_rest_is_matched() -> None:
    inputs = signature(InputSpec("num", "float32", 2), InputSpec("city", "string"))
    matched = match_inputs(columns("a", "b", "city", city=TEXT), inputs, {"num": ("b", "a")})
    assert matched == {"num": ("b", "a"), "city": ("city",)}


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"nun": ("a",)}, r"`inputs` names 'nun', which is no input of the artifact: it takes num \(float32, 2 wide\)"),
        ({"num": ("a", "z")}, r"`inputs` feeds 'num' with z, but the columns are a \(float64\), b \(float64\)"),
        ({"num": ("a", "a")}, "`inputs` names a twice"),
        ({"num": ("a",)}, "`inputs` feeds 'num' with 1 columns, but the artifact takes 2 there"),
    ],
)
def test_a_wrong_declaration_says_what_is_wrong(declared: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(MatchingError, match=message):
        match_inputs(columns("a", "b"), signature(InputSpec("num", "float32", 2)), declared)
