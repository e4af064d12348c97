"""The kept models of heavy libraries are what these libraries write today: made anew, they say the same and are scored alike."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from parity.runtimes import find
from tests.contract.artifacts import FIXTURES
from tests.contract.conftest import open_bound
from tests.contract.test_scoring import named, scores_of

ROUNDING = 2e-6  # of float32 sums of at most 96 products of about 1, as in test_scoring.py

LIBRARIES = [
    pytest.param("tensorflow", "saved_model", marks=pytest.mark.heavy("tensorflow", "keras", jars="tensorflow")),
    pytest.param("tflite", "tflite", marks=pytest.mark.heavy("tensorflow", "keras")),
    pytest.param("pytorch", "torchscript", marks=pytest.mark.heavy("torch", jars="pytorch")),
    pytest.param("spark", "spark", marks=pytest.mark.heavy("pyspark", jars="spark")),
]


@pytest.mark.slow
@pytest.mark.parametrize(("library", "makers"), LIBRARIES)
def test_a_fresh_export_says_what_was_kept_and_is_scored_so(
    library: str, makers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh, kept = tmp_path / "fresh", FIXTURES / library
    fresh.mkdir()
    shutil.copy(kept / "make.py", fresh)
    written = subprocess.run([sys.executable, str(fresh / "make.py")], capture_output=True, text=True, check=False)
    assert written.returncode == 0, written.stderr[-2_000:]
    assert {path.name for path in kept.iterdir()} - {"__pycache__"} == {path.name for path in fresh.iterdir()}
    for path in kept.glob("*.npz"):
        same(path, fresh / path.name)
    module = importlib.import_module(f"tests.contract.makers.{makers}")
    monkeypatch.setattr(module, "KEPT", fresh)
    for maker in (*module.MAKERS, *getattr(module, "TENSORS", ())):
        made = maker(tmp_path)
        session = open_bound(next(n for n, r in find().items() if r.recognises(made.path)), made, tmp_path / ".parity")
        try:
            answer = named(scores_of(session.score(made.rows)), made.output).values
        finally:
            session.close()
        np.testing.assert_allclose(answer, made.expected, rtol=0, atol=ROUNDING, err_msg=made.id)


def same(kept: Path, fresh: Path) -> None:
    with np.load(kept) as before, np.load(fresh) as now:
        assert sorted(before) == sorted(now)
        for name in before:
            if before[name].dtype.kind == "f":
                np.testing.assert_allclose(now[name], before[name], rtol=0, atol=ROUNDING, err_msg=f"{kept.name}: {name}")
            else:
                np.testing.assert_array_equal(now[name], before[name], err_msg=f"{kept.name}: {name}")
