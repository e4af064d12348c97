import numpy as np

from parity.compare.drift import answered, drift_of
from parity.compare.kinds import RowKinds, classify, flips_excused, top_margin
from parity.compare.matching import Pair
from parity.values.finding import FindingKind as F
from parity.values.outcome import Refusal, Scores
from parity.values.signature import OutputKind as K
from tests.compare.helpers import output, scores


def kinds(ours: Scores, theirs: Scores, bound: float = 1e-6, excused: bool = False) -> RowKinds:
    pairs = [Pair(a.spec, b.spec) for a, b in zip(ours.outputs, theirs.outputs, strict=True)]
    drifts = [drift_of(p, ours, theirs) for p in pairs]
    bounds = {p.name: np.full(ours.rows, bound) for p in pairs if p.kind != K.LABEL}
    return classify(drifts, bounds, np.full(ours.rows, excused), ours, theirs, answered(ours, theirs))


def both(p: float, label: int) -> Scores:
    return scores(output("probability", [[1 - p, p]], K.PROBABILITY), output("label", [label], K.LABEL))


def test_the_worst_kind_of_a_row_wins() -> None:
    found = kinds(both(0.4, 0), both(0.6, 1))
    assert found.kind.tolist() == [F.LABEL_FLIP] and found.output.tolist() == ["label"]


def test_within_tolerance_is_rounding_and_no_finding() -> None:
    found = kinds(both(0.4, 0), both(0.4 + 1e-9, 0))
    assert found.kind.tolist() == [None] and found.rounding.tolist() == [True]


def test_beyond_tolerance_with_the_same_label_is_a_value() -> None:
    assert kinds(both(0.4, 0), both(0.41, 0)).kind.tolist() == [F.VALUE]


def test_a_flip_is_excused_only_by_the_reference_s_own_margin() -> None:
    assert kinds(both(0.5, 0), both(0.5 + 1e-9, 1), excused=True).kind.tolist() == [None]
    assert flips_excused(np.array([1e-9, 1e-3]), np.array([1e-8, 1e-8])).tolist() == [True, False]


def refused(kind: str) -> Scores:
    return scores(output("value", [0.0]), refused={0: Refusal(kind, "no")})


def test_refusals_of_one_side_both_sides_and_worse() -> None:
    answer = scores(output("value", [0.0]))
    assert kinds(answer, refused("missing")).kind.tolist() == [F.REFUSAL]
    assert kinds(refused("missing"), answer).kind.tolist() == [F.REFUSAL]
    agreed = kinds(refused("missing"), refused("invalid-value"))
    assert agreed.kind.tolist() == [None] and agreed.both_refused.tolist() == [True]
    assert kinds(answer, refused("crash")).kind.tolist() == [F.CRASH]
    assert kinds(answer, refused("timeout")).kind.tolist() == [F.TIMEOUT]


def test_a_runtime_that_died_when_it_was_asked_first_is_told_and_not_that_it_was_not_asked_again() -> None:
    """Invariance: the runtime against itself, which is not called a second time where it died."""
    found = kinds(refused("crash"), refused("never-asked"))
    assert found.kind.tolist() == [F.CRASH]
    assert not found.unresolved.any()
    found = kinds(refused("never-asked"), refused("never-asked"))
    assert found.kind.tolist() == [None] and found.unresolved.tolist() == found.never_asked.tolist() == [True]


def test_unresolved_rows_are_neither_findings_nor_agreement() -> None:
    found = kinds(refused("unresolved"), refused("missing"))
    assert found.kind.tolist() == [None] and found.unresolved.tolist() == [True] and not found.both_refused.any()


def test_top_margin_of_several_columns_and_of_one() -> None:
    assert top_margin(np.array([[0.2, 0.5, 0.3]])).tolist() == [0.2]
    assert top_margin(np.array([[-3.0]])).tolist() == [3.0]


def test_a_cut_off_that_is_not_half_has_its_own_margin():
    scores = np.array([[0.7, 0.3], [0.5, 0.5], [0.69, 0.31]])
    np.testing.assert_allclose(top_margin(scores, 0.3), [0.0, 0.4, 0.02], atol=1e-15)
    np.testing.assert_allclose(top_margin(scores), [0.4, 0.0, 0.38])
