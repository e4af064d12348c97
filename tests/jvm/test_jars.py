"""Jars: found where they are looked for, verified, and named where they are missing or altered."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from pathlib import Path

import pytest

from parity.errors import JarsError
from parity.jvm import jars
from parity.jvm.jars import ClassPath, class_path, read_lock

CONTENT = b"a jar"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own: one locked runtime, `engine`, with one third-party jar that was built."""
    lock = {
        "coordinate": "org.engine:engine:1.0",
        "classifier": None,
        "file": "engine-1.0.jar",
        "size": len(CONTENT),
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "licence": "MIT",
    }
    (tmp_path / "jars.lock.json").write_text(json.dumps({"schema": 1, "runtimes": {"engine": [lock]}}))
    for folder in ("lib", "built/engine", "cache"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("harness", "engine"):
        (tmp_path / "lib" / f"parity-{name}.jar").write_bytes(name.encode())
    (tmp_path / "built/engine/engine-1.0.jar").write_bytes(CONTENT)
    monkeypatch.setattr(jars, "OWN", tmp_path / "lib")
    monkeypatch.setattr(jars, "BUILT", tmp_path / "built")
    monkeypatch.setattr(jars, "read_lock", lambda: read_lock(tmp_path / "jars.lock.json"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("PARITY_JARS", raising=False)
    return tmp_path


def test_ours_come_first_and_every_jar_has_its_digest(place: Path) -> None:
    found = class_path("engine")
    assert [jar.name for jar in found.jars] == ["parity-harness.jar", "parity-engine.jar", "engine-1.0.jar"]
    assert found.licences == (("org.engine:engine:1.0", "MIT"),)
    assert found.digests == tuple(hashlib.sha256(content).hexdigest() for content in (b"harness", b"engine", CONTENT))


def test_a_runtime_that_the_lock_does_not_know_gets_ours_alone(place: Path) -> None:
    assert [jar.name for jar in class_path("fake").jars] == ["parity-harness.jar"]
    (place / "lib/parity-fake.jar").touch()
    assert [jar.name for jar in class_path("fake").jars] == ["parity-harness.jar", "parity-fake.jar"]


@pytest.mark.parametrize("folder", [".", "engine"])
def test_the_folder_of_parity_jars_goes_before_the_build(place: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    chosen = place / "my jars"
    (chosen / folder).mkdir(parents=True)
    (chosen / folder / "engine-1.0.jar").write_bytes(CONTENT)
    monkeypatch.setenv("PARITY_JARS", str(chosen))
    assert class_path("engine").jars[2] == chosen / folder / "engine-1.0.jar"


def test_a_folder_of_parity_jars_without_the_jar_leaves_it_to_the_build(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_JARS", str(place / "nothing"))
    assert class_path("engine").jars[2] == place / "built/engine/engine-1.0.jar"


def test_a_missing_jar_is_named_with_the_command(place: Path) -> None:
    (place / "built/engine/engine-1.0.jar").unlink()
    wanted = r"engine-1\.0\.jar \(org\.engine:engine:1\.0\), which runtime engine needs, is not in .*built/engine: "
    with pytest.raises(JarsError, match=wanted + ".*`make java`.*PARITY_JARS"):
        class_path("engine")


@pytest.mark.parametrize("name", ["parity-harness.jar", "parity-engine.jar"])
def test_our_own_missing_jar_is_named_with_the_command(place: Path, name: str) -> None:
    (place / "lib" / name).unlink()
    with pytest.raises(JarsError, match=rf"{name} is missing in .*lib: in a checkout, run `make java`"):
        class_path("engine")


def test_another_size_is_told(place: Path) -> None:
    (place / "built/engine/engine-1.0.jar").write_bytes(b"a jar that grew")
    with pytest.raises(JarsError, match=r"engine-1\.0\.jar is not the jar that was locked: it has 15 bytes, wanted 5; delete it"):
        class_path("engine")


def test_altered_content_of_the_same_size_is_told(place: Path) -> None:
    class_path("engine")
    (place / "built/engine/engine-1.0.jar").write_bytes(b"a JAR")
    with pytest.raises(JarsError, match=r"it has SHA-256 [0-9a-f]{64}, wanted " + hashlib.sha256(CONTENT).hexdigest()):
        class_path("engine")


def test_contents_are_read_once_per_path_size_and_time(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    sha256 = jars._sha256

    def counted(path: Path) -> str:
        read.append(path.name)
        return sha256(path)

    monkeypatch.setattr(jars, "_sha256", counted)
    class_path("engine")
    assert len(read) == 3
    class_path("engine")
    assert len(read) == 3
    os.utime(place / "built/engine/engine-1.0.jar", ns=(1, 1))
    class_path("engine")
    assert read[3:] == ["engine-1.0.jar"]
    class_path("engine", rehash=True)
    assert len(read) == 7


@pytest.mark.parametrize("memory", ["", "[]", "{", '{"schema": 3}'])
def test_a_damaged_memory_is_forgotten(place: Path, memory: str) -> None:
    (place / "cache/parity").mkdir()
    (place / "cache/parity/jars-verified.json").write_text(memory)
    assert len(class_path("engine").digests) == 3
    assert len(json.loads((place / "cache/parity/jars-verified.json").read_text())) >= 3


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(place / "file"))
    assert len(class_path("engine").digests) == 3


def test_a_lock_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for content in ("", "{}", '{"runtimes": {"engine": [{"file": "x"}]}}'):
        lock = tmp_path / f"{len(content)}.json"
        lock.write_text(content)
        with pytest.raises(JarsError, match=r"the lock of jars, .*\.json, cannot be read: .*; install parity again"):
            read_lock(lock)


@pytest.fixture(scope="module")
def jpmml() -> ClassPath:
    return class_path("jpmml")


def test_the_real_lock_holds_what_was_built(jpmml: ClassPath) -> None:
    for runtime in read_lock():
        assert class_path(runtime, rehash=True).jars
    licences = dict(jpmml.licences)
    assert licences["org.jpmml:pmml-evaluator:1.7.7"] == "AGPL-3.0-only"
    assert all(licences.values())


def test_no_class_of_others_is_in_our_jars() -> None:
    ours = sorted(jars.OWN.glob("parity-*.jar"))
    assert ours
    for jar in ours:
        names = [name for name in zipfile.ZipFile(jar).namelist() if name.endswith(".class")]
        assert names
        assert [name for name in names if not name.startswith("parity/")] == []
