"""`parity accept` appends to the file of the user, and leaves it alone where it cannot."""

from __future__ import annotations

import datetime
from pathlib import Path

import pyarrow as pa
import pytest

from parity.commands.accept import Acceptance, accept
from parity.config import read
from parity.errors import ConfigurationError, StoreError
from parity.judge.ledger import is_known
from parity.replay.store import Store
from parity.values.case import Artifact, Case
from parity.values.finding import Finding, FindingKind, Seen
from parity.values.plan import Phase
from parity.values.settings import Item

FOUND = Finding(
    "0123456789ab", "churn", "churn.onnx", "onnxruntime", Phase.BOUNDARY, FindingKind.VALUE, "probability", "edge", 3,
    pa.record_batch({"a": [1.0]}), (), Seen({}, {}), 0.12345, 1e-6, False,
)  # fmt: skip
TOML = '# ours\n[[case]]\nname = "churn"  # the model\nreference = "m.joblib"\nartifacts = ["churn.onnx"]\n'
SAID = Acceptance('scores are shown with "4" digits\n', "risk-models", "2099-03-31")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "parity.toml").write_text(TOML)
    for name in ("m.joblib", "churn.onnx"):
        (tmp_path / name).touch()
    case = Case("churn", "m.joblib", (), tmp_path)
    item = Item(case, Artifact(tmp_path / "churn.onnx"), "onnxruntime", Phase.BOUNDARY, "x")
    Store(tmp_path / ".parity").save(FOUND, item)
    return tmp_path


def test_the_entry_stands_at_the_end_and_covers_the_finding(project: Path) -> None:
    answer = accept("0123", SAID, project, project / ".parity")
    text = (project / "parity.toml").read_text()
    assert text.startswith(TOML + "\n[[known]]  # value on probability\n") and answer.document["id"] == FOUND.id
    (known,) = read(project).known
    assert (known.reason, known.owner, known.expires) == (SAID.reason, "risk-models", datetime.date(2099, 3, 31))
    assert (known.max_abs, known.rows) == (0.13, None)
    assert is_known(FOUND, [known], datetime.date.today())


def test_rows_are_recorded_on_request(project: Path) -> None:
    accept(FOUND.id, Acceptance("r", "o", "2099-03-31", rows=True), project / "parity.toml", project / ".parity")
    assert read(project).known[0].rows == 3


def test_in_a_pyproject_the_entry_stands_under_the_tool(project: Path) -> None:
    (project / "parity.toml").unlink()
    (project / "pyproject.toml").write_text(TOML.replace("[[case]]", "[[tool.parity.case]]"))
    accept(FOUND.id, SAID, project, project / ".parity")
    assert "[[tool.parity.known]]" in (project / "pyproject.toml").read_text() and len(read(project).known) == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Acceptance("r", "o", "2020-01-01"), "--expires: 2020-01-01 has passed"),
        (Acceptance("r", "o", "soon"), "--expires: 'soon' was given, a day that is still to come"),
        (Acceptance(" ", "o", "2099-01-01"), "--reason: an empty text"),
        (Acceptance("r", "", "2099-01-01"), "--owner: an empty text"),
    ],
)
def test_what_is_said_is_checked_and_nothing_is_written(project: Path, said: Acceptance, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        accept(FOUND.id, said, project, project / ".parity")
    assert (project / "parity.toml").read_text() == TOML


def test_a_finding_is_accepted_once(project: Path) -> None:
    accept(FOUND.id, SAID, project, project / ".parity")
    with pytest.raises(
        ConfigurationError, match="an entry of risk-models matches 0123456789ab already and holds until 2099-03-31"
    ):
        accept(FOUND.id, SAID, project, project / ".parity")


def test_a_ledger_written_as_one_array_is_left_as_it_was(project: Path) -> None:
    text = "known = []\n" + TOML
    (project / "parity.toml").write_text(text)
    with pytest.raises(ConfigurationError, match="was left as it was: an entry cannot be appended"):
        accept(FOUND.id, SAID, project, project / ".parity")
    assert (project / "parity.toml").read_text() == text


def test_a_case_that_the_file_does_not_have(project: Path) -> None:
    (project / "parity.toml").write_text(TOML.replace('"churn"  #', '"other"  #'))
    with pytest.raises(ConfigurationError, match="has no case 'churn', of which 0123456789ab is; it has other"):
        accept(FOUND.id, SAID, project, project / ".parity")


def test_an_id_that_is_not_kept(project: Path) -> None:
    with pytest.raises(StoreError, match="no finding 'ffff'"):
        accept("ffff", SAID, project, project / ".parity")
