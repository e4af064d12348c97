"""The demo's data is real and complete, its project can be read, and its models are what they are said to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity.config import read
from parity.demo import data, models
from parity.demo.project import CASES, DemoCase, write_project
from parity.demo.run import _surprises, demo
from parity.errors import StoreError


def test_data_has_mixed_types_and_real_missing_values() -> None:
    measured, _ = data.penguins(known_sex=False)
    assert len(measured) == 344
    assert int(measured.isna().any(axis=1).sum()) == 2
    known, species = data.penguins(known_sex=True)
    assert len(known) == len(species) == 333
    assert set(known.island) == {"Biscoe", "Dream", "Torgersen"}
    assert not known.isna().any().any()


def test_the_early_stopped_model_has_rounds_that_python_does_not_use() -> None:
    model = models.early_stopped().model
    assert model.best_iteration + 1 < model.get_booster().num_boosted_rounds()


def test_every_runtime_is_shown_a_model_that_passes() -> None:
    clean = {suffix for case in CASES for suffix, _ in case.exports if not case.fails_in}
    assert clean == {".onnx", ".pmml", ".ubj"}
    assert any(len(case.exports) == 3 and not case.fails_in for case in CASES)


def test_project_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import parity.demo.project as project

    case = DemoCase("early", models.early_stopped, ((".ubj", models.to_booster),), "About.", "Lesson.", frozenset({"xgboost4j"}))
    monkeypatch.setattr(project, "CASES", (case,))
    said: list[str] = []
    write_project(tmp_path / "demo", said.append)
    (found,) = read(tmp_path / "demo" / "parity.toml").cases
    assert (found.name, found.artifacts[0].path.name) == ("early", "early.ubj")
    assert said == ["training and exporting early: About."]
    write_project(tmp_path / "demo", said.append)
    assert len(said) == 1


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"cannot write the demo's project in .*file.demo.*Give another folder with --folder"):
        demo(tmp_path / "file" / "demo", quiet=True, say=lambda text: None)


def test_a_day_that_has_changed_is_told() -> None:
    cases = [{"case": case.name, "runtime": runtime, "verdict": "pass"} for case in CASES for runtime in ("onnxruntime",)]
    assert _surprises({"cases": cases}) == ["penguin-forest in onnxruntime: pass, expected fail"]


@pytest.mark.slow
def test_the_whole_demo(tmp_path: Path) -> None:
    answer = demo(tmp_path / "parity demo", quiet=True, say=lambda text: None)
    assert answer.document["surprises"] == []
    assert answer.exit == 0
    causes = {
        finding["cause"]["name"]
        for case in answer.document["results"]["cases"]
        for finding in case["findings"]
        if finding["cause"]
    }
    assert {"missing-direction-dropped", "best-iteration-ignored"} <= causes
