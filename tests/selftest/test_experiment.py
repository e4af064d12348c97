"""Faults over the fake runtime in a real JVM: each is found, absent with its reason, or not measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from parity.commands.answer import Exit
from parity.commands.selftest import Request, selftest
from parity.errors import UsageError
from parity.flow.discover import items
from parity.selftest.experiment import experiment
from parity.selftest.faults import FAULTS
from parity.selftest.outcome import Mutant
from parity.values.case import Artifact, Case, Configuration
from parity.values.plan import Phase
from parity.values.settings import Settings

SAMPLE = pd.DataFrame({"age": np.arange(18.0, 58.0), "income": np.linspace(0.5, 9.5, 40)})
PHASES = (Phase.EXAMPLES, Phase.RANDOM)


def honest(rows: pd.DataFrame) -> Any:
    return 0.5 * rows["age"] + 2.0 * rows["income"]


def wrong(rows: pd.DataFrame) -> Any:
    return honest(rows) + 1


def mutants(where: Path, reference: Any) -> dict[str, Mutant]:
    (where / "model.fake").write_text("age = 0.5\nincome = 2.0\n")
    case = Case("churn", reference, (Artifact(where / "model.fake"),), where, data=SAMPLE, source="test")
    (item,) = items(Configuration(where, (case,)), phases=[Phase.RANDOM])
    settings = Settings(where / ".parity", profile="dev", rows=500)
    found = list(experiment(item, settings, FAULTS, PHASES, lambda name: None))
    assert not (where / ".parity" / "selftest").exists()
    return {m.fault.name: m for m in found}


def test_faults_of_a_session_are_found_and_those_without_a_place_say_why(tmp_path: Path) -> None:
    found = mutants(tmp_path, honest)
    assert {n for n, m in found.items() if m.state == "found"} == {"columns-swapped", "stale-rows"}
    assert found["columns-swapped"].outcomes[1].state == "found"
    assert found["class-order"].absent == "the artifact has no such output"
    assert found["last-tree-dropped"].absent == ".fake files are not edited"
    assert len(found) == len(FAULTS)


def test_where_a_phase_fails_without_a_fault_only_what_is_new_finds_one(tmp_path: Path) -> None:
    """Every row drifts by 1 already: one kind, one output, no cause. Exchanged columns drift by more; nothing else is new."""
    found = mutants(tmp_path, wrong)
    assert {n for n, m in found.items() if m.state == "found"} == {"columns-swapped", "stale-rows"}
    assert all(o.state == "found" for o in found["columns-swapped"].outcomes)


def test_a_fault_that_changes_nothing_is_not_found_by_what_fails_anyway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parity.selftest.sessions.stale_rows", lambda scores: scores)
    assert mutants(tmp_path, wrong)["stale-rows"].state == "survived"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "model.fake").write_text("age = 0.5\nincome = 2.0\n")
    (tmp_path / "fakeref.py").write_text("def model(rows):\n    return 0.5 * rows['age'] + 2.0 * rows['income']\n")
    SAMPLE.to_parquet(tmp_path / "sample.parquet")
    lines = ["[[case]]", 'name = "churn"', 'reference = "fakeref:model"', 'artifacts = ["model.fake"]', 'data = "sample.parquet"']
    (tmp_path / "parity.toml").write_text("\n".join(lines) + "\n")
    return tmp_path


def test_the_command_gives_a_table_a_document_and_a_code(project: Path) -> None:
    settings = Settings(project / ".parity", profile="dev", rows=500)
    answer = selftest(Request("churn", project, None, ("stale-rows", "class-order"), ("random",)), settings, lambda text: None)
    assert answer.exit == Exit.PASS and answer.lines[0] == "selftest of churn: model.fake in fake"
    assert json.loads(json.dumps(answer.document))["kill_rate"] == 1.0


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (("chum",), "there is no case 'chum' in .*; it has churn"),
        (("churn", None, ("nonsense",)), "--fault: there is no fault 'nonsense'; known: columns-swapped"),
        (("churn", None, (), ("latency",)), "--phase: there is no phase 'latency'; known: examples"),
    ],
)
def test_what_is_not_known(project: Path, request_: tuple[Any, ...], words: str) -> None:
    case, *rest = request_
    with pytest.raises(UsageError, match=words):
        selftest(Request(case, project, *rest), Settings(project / ".parity", profile="dev"), lambda text: None)
