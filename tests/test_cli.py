"""The `parity` command: what it prints, its JSON, and its exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from click.testing import CliRunner, Result

from parity.cli import main
from parity.errors import JvmError
from tests.heavy import absent_heavy

MODEL = "def twice(frame):\n    return 2.0 * frame['age']\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project: a callable, an artifact that agrees, one that does not, and rows."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scoring.py").write_text(MODEL)
    (tmp_path / "right.fake").write_text("age = 2.0\n")
    (tmp_path / "wrong.fake").write_text("age = 2.5\n")
    pa.csv.write_csv(pa.table({"age": [18.0, 41.5, 90.0]}), tmp_path / "rows.csv")
    return tmp_path


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


def write_case(folder: Path, artifact: str) -> None:
    (folder / "parity.toml").write_text(
        f'schema = 1\n[[case]]\nname = "churn"\nreference = "scoring:twice"\nartifacts = ["{artifact}"]\ndata = "rows.csv"\n'
    )


def run(*arguments: str) -> Result:
    return call("run", "--phase", "examples", "--phase", "random", "--rows", "200", *arguments)


def document(result: Result) -> Any:
    return json.loads(result.stdout)


def test_help_names_every_command() -> None:
    result = call("--help")
    for name in ("doctor", "init", "demo", "run", "score", "replay", "jars"):
        assert f"  {name} " in result.output
    assert result.exit_code == 0


def test_unknown_command() -> None:
    assert call("judge").exit_code == 2


def test_doctor(folder: Path) -> None:
    result = call("doctor")
    assert "JVM" in result.output
    absent = absent_heavy()
    assert (f"missing: {', '.join(absent)}" if absent else "everything needed is here") in result.output
    assert result.exit_code == (3 if absent else 0)


def test_doctor_names_what_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    result = call("doctor", "--json")
    checks = {check["name"]: check for check in document(result)["checks"]}
    assert checks["JVM"]["state"] == "missing"
    assert "/nowhere" in checks["JVM"]["found"]
    assert result.exit_code == 3


def test_init_pairs_models_with_artifacts(folder: Path) -> None:
    for name in ("churn.joblib", "churn.onnx", "churn.pmml", "churn.parquet", "alone.pkl"):
        (folder / name).write_bytes(b"x")
    result = call("init")
    assert "with 1 cases: churn" in result.output
    text = (folder / "parity.toml").read_text()
    assert 'artifacts = ["churn.onnx", "churn.pmml"]' in text
    assert 'data = "churn.parquet"' in text


def test_init_writes_a_file_that_can_be_read(folder: Path) -> None:
    from parity.config import read

    for name in ("churn.joblib", "churn.onnx"):
        (folder / name).write_bytes(b"x")
    call("init")
    assert [case.name for case in read(folder / "parity.toml").cases] == ["churn"]


def test_init_overwrites_nothing(folder: Path) -> None:
    (folder / "parity.toml").write_text("mine")
    result = call("init")
    assert result.exit_code == 2
    assert "is there already" in result.stderr
    assert (folder / "parity.toml").read_text() == "mine"


def test_run_passes(folder: Path) -> None:
    write_case(folder, "right.fake")
    result = run("--json")
    assert result.exit_code == 0
    assert document(result)["verdict"] == "pass"


def test_run_fails_on_drift_and_replay_says_so(folder: Path) -> None:
    write_case(folder, "wrong.fake")
    result = run()
    assert result.exit_code == 1
    assert "parity replay" in result.output
    found = re.findall(r"parity replay ([0-9a-f]{12})", result.output)[0]
    again = call("replay", found)
    assert again.exit_code == 1
    assert "still happens" in again.output
    (folder / "wrong.fake").write_text("age = 2.0\n")
    mended = call("replay", found, "--json")
    assert mended.exit_code == 0
    assert document(mended)["happens"] is False


def test_run_of_a_pair(folder: Path) -> None:
    result = run("--model", "scoring:twice", "--artifact", "right.fake", "--data", "rows.csv")
    assert result.exit_code == 0


def test_run_without_a_configuration(folder: Path) -> None:
    result = run("--json")
    assert result.exit_code == 2
    assert "parity init" in document(result)["error"]


def test_run_that_cannot_be_measured(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_jvm(*_: object) -> None:
        raise JvmError("no JVM was found")

    write_case(folder, "right.fake")
    monkeypatch.setattr("parity.pipeline.run_item", no_jvm)
    result = run()
    assert result.exit_code == 3
    assert "no JVM was found" in result.output


def test_run_goes_on_where_one_case_is_wrong(folder: Path) -> None:
    write_case(folder, "right.fake")
    (folder / "empty.fake").touch()
    with (folder / "parity.toml").open("a") as file:
        file.write(
            '[[case]]\nname = "broken"\nreference = "scoring:twice"\n'
            'artifacts = [{ path = "empty.fake", runtimes = ["fake"] }]\ndata = "rows.csv"\n'
        )
    result = run("--json")
    assert result.exit_code == 2
    assert {case["case"]: case["verdict"] for case in document(result)["cases"]} == {"churn": "pass", "broken": "not-measured"}
    told = run().output
    assert told.count("ERROR: broken: ") == 1
    assert "empty.fake is empty (0 bytes)" in told


def test_run_with_an_unknown_profile(folder: Path) -> None:
    write_case(folder, "right.fake")
    result = run("--profile", "nightli")
    assert result.exit_code == 2
    assert "--profile 'nightli': no such name. Did you mean 'nightly'?" in result.stderr


def test_score_prints_the_first_rows(folder: Path) -> None:
    result = call("score", "right.fake", "--data", "rows.csv")
    assert result.exit_code == 0
    assert "3 of 3 rows scored in fake" in result.output
    assert "83.0" in result.output


def test_score_writes_parquet_and_says_so_before_it_scores(folder: Path) -> None:
    result = call("score", "right.fake", "--data", "rows.csv", "--out", "scores.csv")
    assert result.exit_code == 2
    assert "--out scores.csv: .csv is not written; give a name that ends in .parquet" in result.output
    assert not (folder / "scores.csv").exists()


def test_score_writes_a_file(folder: Path) -> None:
    result = call("score", "right.fake", "--data", "rows.csv", "--out", "scores.parquet")
    assert result.exit_code == 0
    table = pa.parquet.read_table(folder / "scores.parquet")
    assert table.column(0).to_pylist() == [36.0, 83.0, 180.0]
    assert table.column("refused").to_pylist() == [None, None, None]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gone.fake", "--data", "rows.csv"), "gone.fake does not exist"),
        (("right.fake", "--data", "gone.csv"), "there is no such file"),
        (("right.fake", "--data", "rows.csv", "--runtime", "jpml"), "Did you mean 'jpmml'?"),
        (("right.fake", "--data", "rows.csv", "--out", "no/where.parquet"), "--out no/where.parquet: cannot be written"),
    ],
)
def test_score_wrong_input(folder: Path, arguments: tuple[str, ...], message: str) -> None:
    result = call("score", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_replay_of_an_unknown_finding(folder: Path) -> None:
    result = call("replay", "0123456789ab")
    assert result.exit_code == 2
    assert "0123456789ab" in result.stderr


def test_jars(folder: Path) -> None:
    listed = call("jars", "list", "--json")
    assert any("parity-harness.jar" in jar for jar in document(listed)["runtimes"]["fake"]["jars"])
    assert call("jars", "verify").exit_code == (3 if absent_heavy() else 0)


def test_altered_jars(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from parity.errors import JarsError

    def altered(runtime: str, *, rehash: bool) -> None:
        raise JarsError(f"{runtime}: a jar is not what was locked")

    monkeypatch.setattr("parity.jvm.jars.class_path", altered)
    result = call("jars", "verify")
    assert result.exit_code == 3
    assert "not what was locked" in result.output
    assert call("jars", "list").exit_code == 0


def test_demo_without_its_packages(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parity.demo.run.NEEDED", ("palmerpenguins", "no_such_package"))
    result = call("demo")
    assert result.exit_code == 2
    assert "no_such_package: pip install 'pytest-parity[demo]'" in result.stderr
