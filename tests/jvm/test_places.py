"""Where jars are looked for, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity.jvm import places
from parity.jvm.jars import class_path
from parity.jvm.places import is_locked, locate
from tests.jvm.maven import CONTENT, Machine, a_jar

JAR = a_jar()


def put(path: Path, content: bytes = CONTENT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_the_order(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    package = put(machine.folder / "site/engine_package/jars/engine-1.0.jar")
    monkeypatch.syspath_prepend(str(machine.folder / "site"))
    monkeypatch.setattr(places, "PACKAGES", ("engine_package", "no_such_package"))
    places._jars_of.cache_clear()
    assert locate(JAR, "engine") == package
    built = put(machine.built / "engine/engine-1.0.jar")
    assert locate(JAR, "engine") == built
    fetched = put(machine.store / "org/engine/engine/1.0/engine-1.0.jar")
    assert locate(JAR, "engine") == fetched
    monkeypatch.setenv("PARITY_JARS", str(machine.folder / "my jars"))
    assert locate(JAR, "engine") == fetched
    own = put(machine.folder / "my jars/engine-1.0.jar")
    assert locate(JAR, "engine") == own


@pytest.mark.parametrize("below", ["", "engine", "org/engine/engine/1.0"])
def test_the_users_folder_may_be_flat_by_runtime_or_a_repository(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    own = put(machine.folder / "my jars" / below / "engine-1.0.jar")
    monkeypatch.setenv("PARITY_JARS", str(machine.folder / "my jars"))
    assert class_path("engine").jars[2] == own


@pytest.mark.parametrize("content", [CONTENT[::-1], b"of another size"])
def test_a_package_with_another_jar_of_that_name_is_passed_over(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    put(machine.folder / "site/altered_package/engine-1.0.jar", content)
    monkeypatch.syspath_prepend(str(machine.folder / "site"))
    monkeypatch.setattr(places, "PACKAGES", ("altered_package",))
    places._jars_of.cache_clear()
    assert locate(JAR, "engine") is None


def test_packages_are_not_imported(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    put(machine.folder / "site/raising_package/engine-1.0.jar")
    (machine.folder / "site/raising_package/__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(machine.folder / "site"))
    monkeypatch.setattr(places, "PACKAGES", ("raising_package",))
    places._jars_of.cache_clear()
    assert locate(JAR, "engine") is not None


def test_what_is_locked(tmp_path: Path, machine: Machine) -> None:
    assert is_locked(put(tmp_path / "a.jar"), JAR)
    assert not is_locked(put(tmp_path / "b.jar", CONTENT[::-1]), JAR)
    assert not is_locked(put(tmp_path / "c.jar", CONTENT[1:]), JAR)
    assert not is_locked(tmp_path / "d.jar", JAR)
