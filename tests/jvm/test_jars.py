"""The class path: jars found where they are looked for, verified, and named where they are missing or altered."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from parity.errors import JarsError
from parity.jvm import jars
from parity.jvm.jars import ClassPath, class_path
from parity.jvm.lock import read_lock
from tests.heavy import absent_heavy
from tests.jvm.maven import CONTENT, Machine, a_jar


@pytest.fixture
def built(machine: Machine) -> Path:
    """The engine's jar, where `make java` puts it."""
    path = machine.built / "engine/engine-1.0.jar"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    return path


def test_ours_come_first_and_every_jar_has_its_digest(built: Path) -> None:
    found = class_path("engine")
    assert [jar.name for jar in found.jars] == ["parity-harness.jar", "parity-engine.jar", "engine-1.0.jar"]
    assert found.licences == (("org.engine:engine:1.0", "MIT"),)
    assert found.digests == tuple(hashlib.sha256(content).hexdigest() for content in (b"harness", b"engine", CONTENT))


def test_a_runtime_that_the_lock_does_not_know_gets_ours_alone(machine: Machine) -> None:
    assert [jar.name for jar in class_path("fake").jars] == ["parity-harness.jar"]
    (machine.folder / "lib/parity-fake.jar").touch()
    assert [jar.name for jar in class_path("fake").jars] == ["parity-harness.jar", "parity-fake.jar"]


@pytest.mark.parametrize("count", [1, 3])
def test_missing_jars_are_named_with_the_command(machine: Machine, count: int) -> None:
    machine.locks(engine=[a_jar(name) for name in ("engine", "b", "c")[:count]])
    more = " and 2 more" if count == 3 else ""
    wanted = rf"engine-1\.0\.jar \(org\.engine:engine:1\.0\){more}, which runtime engine needs, is in none of the fetched store"
    with pytest.raises(JarsError, match=wanted + r".*run `parity jars fetch engine`, or `make java` in a checkout"):
        class_path("engine")


@pytest.mark.parametrize("name", ["parity-harness.jar", "parity-engine.jar"])
def test_our_own_missing_jar_is_named_with_the_command(machine: Machine, name: str) -> None:
    (machine.folder / "lib" / name).unlink()
    with pytest.raises(JarsError, match=rf"{name} is missing in .*lib: in a checkout, run `make java`"):
        class_path("engine")


def test_another_size_is_told(built: Path) -> None:
    built.write_bytes(b"a jar that shrank")
    wanted = rf"engine-1\.0\.jar is not the jar that was locked: it has 17 bytes, wanted {len(CONTENT)}; delete it, and run "
    with pytest.raises(JarsError, match=wanted + "`parity jars fetch engine`"):
        class_path("engine")


def test_altered_content_of_the_same_size_is_told(built: Path) -> None:
    class_path("engine")
    built.write_bytes(CONTENT[::-1])
    with pytest.raises(JarsError, match=r"it has SHA-256 [0-9a-f]{64}, wanted " + hashlib.sha256(CONTENT).hexdigest()):
        class_path("engine")


def test_an_altered_jar_that_looks_unchanged_is_found_by_reading_it_again(built: Path) -> None:
    class_path("engine")
    time = built.stat().st_mtime_ns
    built.write_bytes(CONTENT[::-1])
    os.utime(built, ns=(time, time))
    with pytest.raises(JarsError, match="not the jar that was locked"):
        class_path("engine", rehash=True)


@pytest.fixture(scope="module")
def jpmml() -> ClassPath:
    return class_path("jpmml")


def test_the_real_lock_holds_what_was_built(jpmml: ClassPath) -> None:
    for runtime in set(read_lock()) - set(absent_heavy()):
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
