"""Bad artifacts as a user meets them, through `pytest --parity`: one clear error each, and the exit status for not measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from tests.contract.artifacts import Made
from tests.contract.test_opening import truncated

pytestmark = pytest.mark.slow

NOT_MEASURED = 4
REFERENCE = "def score(frame):\n    return frame.iloc[:, 0] * 0.0\n"
LONGEST = 700
ADDRESSES = ("@0x", "StringReader@", "\tat ", "Traceback", "!. ")


def case(name: str, artifact: Path, runtime: str, where: Path) -> str:
    given = f'artifacts = [{{path = "{artifact.relative_to(where)}", runtimes = ["{runtime}"]}}]'
    return f'[[case]]\nname = "{name}"\nreference = "ref:score"\ndata = "rows.parquet"\n{given}\n'


def project(runtime: str, made: Made, where: Path) -> None:
    """Three cases: an artifact that is cut, an empty one, and one of bytes that mean nothing."""
    suffix = made.path.suffix
    (where / "cut").mkdir()
    empty, foreign = where / f"empty{suffix}", where / f"foreign{suffix}"
    if made.path.is_dir():
        empty.mkdir()
    else:
        empty.touch()
    foreign.write_bytes(b"\xff" * 99)
    (where / "ref.py").write_text(REFERENCE)
    parquet.write_table(pa.Table.from_batches([made.rows]), where / "rows.parquet")
    given = {"cut": truncated(made.path, where / "cut"), "empty": empty, "foreign": foreign}
    (where / "parity.toml").write_text("schema = 1\n" + "".join(case(n, p, runtime, where) for n, p in given.items()))


def test_one_clear_error_each(runtime: str, artifacts: tuple[Made, ...], tmp_path: Path) -> None:
    project(runtime, artifacts[0], tmp_path)
    command = [sys.executable, "-m", "pytest", "--parity", "--parity-phase=examples", "-q", "-p", "no:cacheprovider"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == NOT_MEASURED, run.stdout[-2_000:]
    errors = {line.split(": ", 2)[1]: line for line in run.stdout.splitlines() if line.startswith("ERROR: ")}
    assert set(errors) == {"cut", "empty", "foreign"}, run.stdout[-2_000:]
    for name, line in errors.items():
        assert name in line.split(": ", 2)[2], "the file is named"
        assert len(line) < LONGEST
        assert "xport" in line, "it says what to do next"
        assert not any(found in line for found in ADDRESSES), line
    assert "3 models in JVM runtimes: 3 not-measured" in run.stdout
