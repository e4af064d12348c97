"""Sessions for tests: the echo and the fault scorer, which no runtime offers to users."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from parity.jvm.find import find_jvm
from parity.jvm.jars import class_path
from parity.jvm.launch import Launch

QUICK = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def fake_launch(folder: Path, weights: Mapping[str, float], **changes: object) -> Launch:
    """A launch of the fake scorer; `changes` are fields of Launch."""
    folder.mkdir(parents=True, exist_ok=True)
    artifact = folder / "model.fake"
    artifact.write_text("".join(f"{name} = {weight}\n" for name, weight in weights.items()))
    fields = {
        "runtime": "fake",
        "scorer": "parity.harness.FakeScorer",
        "artifact": artifact,
        "options": {},
        "jvm": find_jvm().path,
        "class_path": class_path("fake").jars,
        "flags": QUICK,
        "folder": folder / ".parity",
        "timeout": 30.0,
    }
    return Launch(**(fields | changes))  # type: ignore[arg-type]


def fault_launch(folder: Path, faults: Mapping[str, float], **changes: object) -> Launch:
    """The fault scorer: like the fake with a = 1, but the fault happens where column a holds the number."""
    options = {name: str(value) for name, value in faults.items()}
    return fake_launch(folder, {"a": 1.0}, **({"scorer": "parity.harness.FaultScorer", "options": options} | changes))


def echo_launch(folder: Path, types: Mapping[str, str], classes: Path, **changes: object) -> Launch:
    """The echo scorer: one output per column, of the column's type."""
    folder.mkdir(parents=True, exist_ok=True)
    artifact = folder / "echo.txt"
    artifact.write_text("".join(f"{name} {kind}\n" for name, kind in types.items()))
    jars = (*class_path("fake").jars, classes)
    return fake_launch(folder, {}, **({"scorer": "EchoScorer", "artifact": artifact, "class_path": jars} | changes))


def compile_echo(folder: Path) -> Path:
    """The folder of classes that javac made of EchoScorer.java, which is no part of the harness's jar."""
    javac = find_jvm().home / "bin" / "javac"
    subprocess.run(
        [javac if javac.exists() else str(shutil.which("javac")), "-d", folder, "-cp", class_path("fake").jars[0],
         Path(__file__).with_name("EchoScorer.java")],
        check=True,
    )  # fmt: skip
    return folder
