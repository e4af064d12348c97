"""What is written into a PMML to ask whether its trees lean on a node's own score."""

from __future__ import annotations

import pytest

from parity.flow.childless import with_last_prediction

WANTED = b'<TreeModel functionName="regression" noTrueChildStrategy="returnLastPrediction">'


@pytest.mark.parametrize(
    "given",
    [
        b'<TreeModel functionName="regression">',
        b'<TreeModel noTrueChildStrategy="returnNullPrediction" functionName="regression">',
        b"<TreeModel functionName=\"regression\" noTrueChildStrategy='returnNullPrediction'>",
        WANTED,
    ],
)
def test_every_tree_is_told_once_to_keep_a_node_s_own_score(given: bytes) -> None:
    text = b"<PMML><Segment>" + given + b"<Node/></TreeModel></Segment>" + given + b"</TreeModel></PMML>"
    wanted = b"<PMML><Segment>" + WANTED + b"<Node/></TreeModel></Segment>" + WANTED + b"</TreeModel></PMML>"
    assert with_last_prediction(text) == wanted


def test_a_file_without_trees_stays() -> None:
    text = b'<RegressionModel functionName="regression"/>'
    assert with_last_prediction(text) == text
