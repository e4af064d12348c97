"""A question that fails is told, and costs nothing else."""

from __future__ import annotations

import pytest

from parity.flow.attempts import attempted


def test_an_answer_is_handed_on_and_nothing_is_told() -> None:
    failures = list[str]()
    assert attempted("the cause could not be looked for", failures, lambda: 3, None) == 3
    assert failures == []


def test_a_failure_is_told_with_its_own_words() -> None:
    failures = list[str]()

    def ask() -> int:
        raise ValueError("Input X contains infinity")

    assert attempted("the cause could not be looked for", failures, ask, 7) == 7
    assert failures == [
        "the cause could not be looked for: ValueError: Input X contains infinity (a fault of parity: please report it)"
    ]


def test_who_stops_the_run_stops_it() -> None:
    def ask() -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attempted("the cause could not be looked for", [], ask, 0)
