"""The script that writes the lock, and the lock against what Maven says of the modules."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lock_jars", CHECKOUT / "scripts/lock_jars.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def jar(file: str, **other: Any) -> dict[str, Any]:
    return {"file": file, "size": 1, "licence": "MIT", **other}


def test_what_differs_is_named(script: ModuleType) -> None:
    locked = {"a": [jar("x"), jar("y"), jar("z")], "b": [jar("x"), jar("y")], "gone": [jar("x")]}
    wanted = {"a": [jar("x"), jar("y", licence="AGPL-3.0-only"), jar("new")], "b": [jar("y"), jar("x")]}
    assert list(script.compare(locked, wanted)) == [
        "a: z is locked, and no module wants it",
        "a: new is wanted, and not locked",
        "a: y: licence MIT, wanted AGPL-3.0-only",
        "b: the same jars are wanted in another order",
        "gone: x is locked, and no module wants it",
    ]
    assert list(script.compare(locked, locked)) == []


def test_a_listing_of_maven_is_read(script: ModuleType, tmp_path: Path) -> None:
    repository = tmp_path / "with space/org/engine/engine/1.0"
    repository.mkdir(parents=True)
    pom = f"<project xmlns='{script.POM[1:-1]}'><licenses><license><name>MIT License</name></license></licenses></project>"
    (repository / "engine-1.0.pom").write_text(pom)
    (repository / "engine-1.0-linux.jar").write_bytes(b"a jar")
    (tmp_path / "list.txt").write_text(
        "\nThe following files have been resolved:\n"
        f"   org.engine:engine:jar:linux:1.0:compile:{repository}/engine-1.0-linux.jar -- module engine (auto)\n"
    )
    (found,) = script._jars(tmp_path / "list.txt")
    assert (found["coordinate"], found["classifier"], found["size"]) == ("org.engine:engine:1.0", "linux", 5)
    assert (found["file"], found["licence"]) == ("engine-1.0-linux.jar", "MIT")


def test_a_licence_without_an_spdx_name_stops_it(script: ModuleType, tmp_path: Path) -> None:
    pom = tmp_path / "engine-1.0.pom"
    pom.write_text(f"<project xmlns='{script.POM[1:-1]}'><licenses><license><name>Ours</name></license></licenses></project>")
    with pytest.raises(SystemExit, match=r"org\.engine:engine:1\.0: licence \['Ours'\]; find its SPDX name"):
        script._licence("org.engine:engine:1.0", pom)


@pytest.mark.slow
def test_the_lock_is_what_maven_says(tmp_path: Path) -> None:
    """In a copy, so that nothing is built anew under other tests."""
    for folder in ("java-harness", "scripts", "parity/jvm"):
        shutil.copytree(CHECKOUT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("target", "__pycache__"))
    done = subprocess.run(
        [sys.executable, "scripts/lock_jars.py", "--check"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
