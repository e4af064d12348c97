"""The kill rate counts what could be found: neither faults without a place nor mutants that are proved equivalent."""

from __future__ import annotations

import json

import pytest

from parity.selftest.faults import FAULTS
from parity.selftest.outcome import Mutant, Outcome
from parity.selftest.table import document, lines, phase_rate, rate
from parity.values.plan import Phase

PHASES = (Phase.BOUNDARY, Phase.RANDOM)


def mutant(place: int, boundary: str, random: str, equivalent: str = "", off_domain: str = "") -> Mutant:
    outcomes = (Outcome(Phase.BOUNDARY, boundary, 10), Outcome(Phase.RANDOM, random, 20))
    return Mutant(FAULTS[place], outcomes, equivalent, off_domain=off_domain)


MUTANTS = (
    mutant(0, "found", "found"),
    mutant(1, "told", "missed", off_domain="no valid input holds 0"),
    mutant(2, "missed", "missed"),
    mutant(3, "missed", "missed", "the files prove it"),
    mutant(4, "not-measured", "found"),
    Mutant(FAULTS[5], absent="no place"),
    mutant(6, "told", "missed"),
)


@pytest.mark.parametrize(
    ("place", "state"), [(0, "found"), (1, "told"), (2, "survived"), (3, "equivalent"), (4, "found"), (5, "absent"), (6, "told")]
)
def test_states(place: int, state: str) -> None:
    assert MUTANTS[place].state == state


def test_a_mutant_that_is_found_is_not_equivalent_whatever_the_proof() -> None:
    assert mutant(0, "found", "missed", "a proof").state == "found"


def test_rates() -> None:
    """What is told counts only where the files prove that no valid input shows it."""
    assert rate(MUTANTS) == 3 / 5
    assert phase_rate(MUTANTS, Phase.BOUNDARY) == 2 / 4 and phase_rate(MUTANTS, Phase.RANDOM) == 2 / 5
    assert rate([MUTANTS[5]]) is None and phase_rate([], Phase.RANDOM) is None


def test_the_table_names_what_survived_and_why_what_is_equivalent() -> None:
    text = lines(MUTANTS, PHASES)
    assert text[0].split() == ["fault", "boundary", "random", "result"]
    assert text[1].split() == ["columns-swapped", "found", "found", "found"]
    assert text[6].split()[:2] == ["strict-comparison" if FAULTS[5].name == "strict-comparison" else FAULTS[5].name, "absent:"]
    assert "3 of 5 faults found; 1 of them told: only inputs that are not declared valid can show them; 1 more only told" in (
        "\n".join(text)
    )
    assert f"{FAULTS[1].name} is told and fails nothing: no valid input holds 0" in text
    assert f"{FAULTS[3].name} is equivalent: the files prove it" in text
    assert any(line.startswith(f"{FAULTS[2].name} survived: ") for line in text)


def test_the_document_is_json() -> None:
    found = json.loads(json.dumps(document(MUTANTS, PHASES, case="churn"), allow_nan=False))
    assert found["case"] == "churn" and found["kill_rate"] == 0.6 and len(found["mutants"]) == 7
    assert found["mutants"][1]["phases"] == {"boundary": {"state": "told", "rows": 10}, "random": {"state": "missed", "rows": 20}}


def test_a_fault_that_no_phase_could_show_is_not_measured_and_not_counted() -> None:
    hidden = mutant(0, "not-measured", "not-measured")
    assert hidden.state == "not-measured"
    assert rate([hidden]) is None
    assert "1 not measured" in "\n".join(lines([hidden], (Phase.BOUNDARY, Phase.RANDOM)))
