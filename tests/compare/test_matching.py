import pytest

from parity.compare.matching import Pair, columns_of, match_outputs
from parity.errors import MatchingError
from parity.values.signature import OutputKind as K
from parity.values.signature import OutputSpec, Signature

CLASSIFIER = Signature(
    (), (OutputSpec("probability", "float64", K.PROBABILITY, 2, (0, 1)), OutputSpec("label", "int64", K.LABEL, 1))
)


def artifact(*outputs: OutputSpec) -> Signature:
    return Signature((), outputs)


def pairs(reference: Signature, runtime: Signature, **more: object) -> list[tuple[str, str]]:
    return [(p.reference.name, p.runtime.name) for p in match_outputs(reference, runtime, **more).pairs]  # type: ignore[arg-type]


def test_kinds_pair_first_then_the_undeclared_number() -> None:
    onnx = artifact(OutputSpec("scores", "float32", None, 2), OutputSpec("output_label", "int64", K.LABEL, 1))
    assert sorted(pairs(CLASSIFIER, onnx)) == [("label", "output_label"), ("probability", "scores")]


def test_methods_that_the_artifact_does_not_export_are_listed() -> None:
    assert match_outputs(CLASSIFIER, artifact(OutputSpec("p", "float64", K.PROBABILITY, 2))).not_exported == ("label",)


def test_a_margin_is_compared_with_a_regressor_s_value_so_that_the_difference_shows() -> None:
    regressor = Signature((), (OutputSpec("value", "float32", K.VALUE, 1),))
    assert pairs(regressor, artifact(OutputSpec("prediction", "float32", K.MARGIN, 1))) == [("value", "prediction")]


def test_a_margin_without_a_partner_does_not_take_the_probability_that_another_output_is() -> None:
    forest = artifact(OutputSpec("raw", "float64", K.MARGIN, 2), OutputSpec("p", "float64", K.PROBABILITY, 2))
    with pytest.raises(MatchingError, match=r"the artifact's output 'raw' .* has no partner"):
        match_outputs(CLASSIFIER, forest)
    assert pairs(CLASSIFIER, forest, ignored=["raw"]) == [("probability", "p")]


def test_an_output_without_a_partner_is_an_error_that_shows_both_lists() -> None:
    runtime = artifact(OutputSpec("p", "float32", None, 2), OutputSpec("extra", "float32", None, 3))
    with pytest.raises(MatchingError, match=r"output 'extra' .* has no partner.*Reference: 'probability'.*ignore-outputs"):
        match_outputs(CLASSIFIER, runtime)
    assert pairs(CLASSIFIER, runtime, ignored=["extra"]) == [("probability", "p")]


def test_declared_names_win_and_are_checked() -> None:
    runtime = artifact(OutputSpec("a", "float32", None, 2), OutputSpec("b", "float32", None, 2))
    assert pairs(CLASSIFIER, runtime, declared={"probability": "b"}, ignored=["a"]) == [("probability", "b")]
    with pytest.raises(MatchingError, match="the artifact has no output 'c'"):
        match_outputs(CLASSIFIER, runtime, {"probability": "c"})
    with pytest.raises(MatchingError, match="the reference has no output 'proba'"):
        match_outputs(CLASSIFIER, runtime, {"proba": "a"})


def test_ignoring_everything_is_not_a_comparison() -> None:
    with pytest.raises(MatchingError, match="nothing to compare"):
        match_outputs(CLASSIFIER, artifact(OutputSpec("p", "float32", None, 2)), ignored=["p"])


def pair(ours: tuple | None, theirs: tuple | None, kind: K = K.PROBABILITY) -> Pair:
    return Pair(OutputSpec("a", "float64", kind, None, ours), OutputSpec("b", "float32", None, None, theirs))


def test_columns_by_class_by_position_and_the_last_class() -> None:
    assert columns_of(pair((0, 1, 2), ("2", "0", "1")), 3, 3) == ([0, 1, 2], [1, 2, 0])
    assert columns_of(pair((0, 1), None), 2, 2) == ([0, 1], [0, 1])
    assert columns_of(pair((0, 1), None), 2, 1) == ([1], [0])
    assert columns_of(pair((0, 1, 2), None), 3, 2) is None
    assert columns_of(pair(None, None, K.VALUE), 2, 1) is None
