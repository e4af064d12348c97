"""`parity replay`: what still happens, what is fixed and removed, and the row as a test of the user's own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

import parity
from parity.cli import main
from parity.config import read
from parity.errors import UsageError
from parity.pipeline import Workbench, items, run_item
from parity.replay.store import Store
from parity.values.plan import Phase
from parity.values.settings import Settings

HONEST = "def score(rows):\n    return 0.5 * rows['age'] + 2.0 * rows['income']\n"
SLOPE = "def score(rows):\n    return 0.5 * rows['age'] + 2.0 * rows['income'] + 0.25 * (rows['age'] >= 40)\n"
CONFIG = """\
schema = 1
[[case]]
name = "churn"
reference = "NAME:score"
artifacts = ["model.fake"]
data = "sample.csv"
"""


def project(folder: Path, name: str) -> Path:
    """A model in Python that is wrong for the old, and its artifact; the module's name is the test's own."""
    (folder / f"{name}.py").write_text(SLOPE)
    (folder / "model.fake").write_text("age = 0.5\nincome = 2.0\n")
    (folder / "sample.csv").write_text("age,income\n" + "".join(f"{18.0 + i},{0.5 + i / 4}\n" for i in range(40)))
    (folder / "parity.toml").write_text(CONFIG.replace("NAME", name))
    return folder


def found(folder: Path) -> str:
    """The finding of phase examples."""
    bench = Workbench()
    try:
        item = items(read(folder), phases=[Phase.EXAMPLES])[0]
        (finding,) = run_item(item, Settings(folder=folder / ".parity"), bench).findings
        return finding.id
    finally:
        bench.close()


def repair(folder: Path, name: str) -> None:
    (folder / f"{name}.py").write_text(HONEST)
    sys.modules.pop(name, None)


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    yield
    for name in [n for n in sys.modules if n.startswith("replayed_")]:
        del sys.modules[name]


def ask(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["replay", *arguments, "--folder", str(folder / ".parity")])


def document(result: Result) -> Any:
    return json.loads(result.stdout)


def test_a_finding_from_open_to_fixed_to_gone(tmp_path: Path) -> None:
    folder = project(tmp_path, "replayed_one")
    identity = found(folder)
    still = ask(folder, identity, "--remove")
    assert still.exit_code == 1, still.output
    assert still.stdout.splitlines()[-1] == f"{identity} still happens: value"
    assert (folder / ".parity" / "findings" / identity / "repro.py").is_file()
    assert f"repro.py   {folder}/.parity/findings/{identity}/repro.py" in still.stdout
    repair(folder, "replayed_one")
    fixed = ask(folder, identity, "--json")
    assert (fixed.exit_code, document(fixed)["happens"], document(fixed)["removed"]) == (0, False, False)
    gone = ask(folder, identity, "--remove")
    assert (gone.exit_code, gone.stdout.splitlines()[-1]) == (0, f"{identity} no longer happens; removed")
    assert Store(folder / ".parity").all() == ()
    assert ask(folder, identity).exit_code == 2


def test_all_of_them(tmp_path: Path) -> None:
    """One happens, one is fixed, one cannot be asked, one cannot be read; only the fixed one goes."""
    folder = project(tmp_path, "replayed_two")
    store = Store(folder / ".parity")
    stored = store.load(found(folder))
    young = pa.RecordBatch.from_pydict({"age": [20.0], "income": [1.0]})
    store.save(replace(stored.finding, id="aaaaaaaaaaaa", row=young), stored.context)
    store.save(replace(stored.finding, id="bbbbbbbbbbbb"), {**stored.context, "reference": None})
    (store.save(replace(stored.finding, id="cccccccccccc"), stored.context) / "row.arrow").unlink()
    answer = ask(folder, "--all", "--remove", "--json")
    told = {one["id"]: (one["happens"], one["removed"]) for one in document(answer)["findings"]}
    assert told == {"aaaaaaaaaaaa": (False, True), "bbbbbbbbbbbb": (None, False), stored.finding.id: (True, False)}
    assert [one["id"] for one in document(answer)["broken"]] == ["cccccccccccc"]
    assert answer.exit_code == 1
    assert [one.finding.id for one in store.all()] == sorted(["bbbbbbbbbbbb", stored.finding.id])
    for left in (stored.finding.id, "bbbbbbbbbbbb", "cccccccccccc"):
        store.remove(left)
    none = ask(folder, "--all")
    assert (none.exit_code, none.stdout) == (0, f"no findings are kept in {folder}/.parity\n")


def test_a_call_without_rows_is_asked_as_such(tmp_path: Path) -> None:
    """It must not look fixed because no row of it differs."""
    folder = project(tmp_path, "replayed_three")
    (folder / "replayed_three.py").write_text(SLOPE.replace("\n    return", "\n    assert len(rows)\n    return"))
    bench = Workbench()
    item = items(read(folder), phases=[Phase.SPECIAL])[0]
    findings = run_item(item, Settings(folder=folder / ".parity"), bench).findings
    bench.close()
    (empty,) = [f for f in findings if f.row.num_rows == 0]
    answer = ask(folder, empty.id, "--remove")
    assert (answer.exit_code, answer.stdout.splitlines()[-1]) == (1, f"{empty.id} still happens: refusal")


def test_the_patch_is_a_test_that_fails_until_it_is_fixed(tmp_path: Path) -> None:
    folder = project(tmp_path, "replayed_four")
    subprocess.run(["git", "init", "-q", folder], check=True)
    answer = ask(folder, found(folder), "--patch")
    assert answer.exit_code == 0, answer.output
    subprocess.run(["git", "apply", "-"], input=answer.stdout, text=True, cwd=folder, check=True)
    broken = own_tests(folder)
    assert broken.returncode == 1 and "AssertionError: value: churn in fake, output " in broken.stdout, broken.stdout
    repair(folder, "replayed_four")
    assert own_tests(folder).returncode == 0


def own_tests(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "parity replay takes the id of a finding, or --all: one of them"),
        (["abcd", "--all"], "parity replay takes the id of a finding, or --all: one of them"),
        (["--all", "--patch"], "--patch is about one finding, and changes nothing"),
        (["abcd", "--patch", "--remove"], "--patch is about one finding, and changes nothing"),
    ],
)
def test_combinations_that_mean_nothing(tmp_path: Path, arguments: list[str], words: str) -> None:
    answer = ask(tmp_path, *arguments)
    assert answer.exit_code == 2
    assert words in answer.stderr


def test_check_row_wants_one_item(tmp_path: Path) -> None:
    from parity.flow.again import check_row

    folder = project(tmp_path, "replayed_five")
    row = pa.RecordBatch.from_pydict({"age": [20.0], "income": [1.0]})
    with pytest.raises(UsageError, match=r"0 fit what is given. There are: case='churn', artifact='model.fake', runtime='fake'"):
        check_row(row, config=folder, case="churn", artifact="other.fake")
    with pytest.raises(UsageError, match="a reference and no artifact; name the exported file with artifact="):
        check_row(row, reference="replayed_five:score")


def test_check_row_opens_once_and_again_where_a_file_or_the_reference_is_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from parity.flow import again, sides

    opened, real = [], sides.open_session
    monkeypatch.setattr(sides, "open_session", lambda *a, **k: opened.append(1) or real(*a, **k))
    folder = project(tmp_path, "replayed_six")
    row = pa.RecordBatch.from_pydict({"age": [20.0], "income": [1.0]})
    asked = {"artifact": folder / "model.fake", "root": folder, "folder": tmp_path / ".parity"}
    right, wrong = (lambda rows: 2.0 * rows["age"] - 0.5 * rows["income"]), (lambda rows: 3.0 * rows["age"])
    (folder / "model.fake").write_text("age = 2.0\nincome = -0.5\n")
    for _ in range(3):
        again.check_row(row, reference=right, **asked)
    assert len(opened) == 1
    with pytest.raises(AssertionError, match="value: "):
        again.check_row(row, reference=wrong, **asked)
    again.check_row(row, reference=right, **asked)
    assert len(opened) == 3
    (folder / "model.fake").write_text("age = 2.5\nincome = -0.5\n")
    with pytest.raises(AssertionError, match="value: "):
        again.check_row(row, reference=right, **asked)
    assert len(opened) == 4


def test_check_row_is_public() -> None:
    assert callable(parity.check_row)
