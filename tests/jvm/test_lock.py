"""The lock, and that it is what the Maven modules were built with."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from parity.errors import JarsError, UsageError
from parity.jvm import lock
from parity.jvm.digests import digests
from parity.jvm.lock import announced, chosen, read_lock
from parity.jvm.places import BUILT
from tests.jvm.maven import a_jar

MODULES = BUILT.parents[1]
HOW = "run scripts/lock_jars.py, look at the difference, and commit it"
POM = "{http://maven.apache.org/POM/4.0.0}"


def modules() -> list[str]:
    """The runtimes among the modules of the parent pom."""
    names = ElementTree.parse(MODULES / "pom.xml").getroot().iterfind(f"{POM}modules/{POM}module")
    return [name.text or "" for name in names if name.text != "harness"]


def direct(module: str) -> Iterator[tuple[str, str]]:
    """Coordinate and classifier of what a module's own pom asks for at run time, where it gives the version itself."""
    for dependency in ElementTree.parse(MODULES / module / "pom.xml").getroot().iterfind(f"{POM}dependencies/{POM}dependency"):
        group, name, version, scope, classifier, kind = (
            dependency.findtext(f"{POM}{part}") or ""
            for part in ("groupId", "artifactId", "version", "scope", "classifier", "type")
        )
        if (
            group != "dev.parity"
            and scope not in ("test", "provided")
            and kind in ("", "jar")
            and "$" not in version + classifier
        ):
            yield f"{group}:{name}:{version}", classifier


def heavy(module: str) -> Iterator[str]:
    """The jars of a module that only `make java-heavy` brings beside the build."""
    for dependency in ElementTree.parse(MODULES / module / "pom.xml").getroot().iterfind(f"{POM}profiles//{POM}dependency"):
        name, version, classifier = (
            dependency.findtext(f"{POM}{part}") or "" for part in ("artifactId", "version", "classifier")
        )
        yield f"{name}-{version}{'-' if classifier else ''}{classifier}.jar"


@pytest.mark.parametrize("module", modules())
def test_the_lock_is_what_the_module_was_built_with(module: str) -> None:
    built = digests(sorted((BUILT / module).glob("*.jar")))
    found = {path.name: (path.stat().st_size, digest) for path, digest in built.items()}
    locked = {jar.file: (jar.size, jar.sha256) for jar in read_lock().get(module, ())}
    if not set(heavy(module)) & set(locked) <= set(found):
        locked = {file: locked[file] for file in found if file in locked}  # it was built without its heavy part: `make java`
    assert found == locked, HOW


@pytest.mark.parametrize("module", modules())
def test_what_a_pom_asks_for_is_locked_in_that_version(module: str) -> None:
    locked = {(jar.coordinate, jar.classifier or "") for jar in read_lock().get(module, ())}
    assert sorted(set(direct(module)) - locked) == [], HOW


def test_no_runtime_is_locked_that_has_no_module() -> None:
    assert set(read_lock()) <= set(modules()), HOW


def test_every_locked_jar_can_be_found_in_a_repository_and_has_a_licence() -> None:
    for jar in {jar for jars in read_lock().values() for jar in jars}:
        _, name, version = jar.coordinate.split(":")
        assert jar.file == f"{name}-{version}{f'-{jar.classifier}' if jar.classifier else ''}.jar"
        assert re.fullmatch(r"[0-9a-f]{64}", jar.sha256) and jar.size > 0 and jar.licence


def test_a_lock_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for content in ("", "{}", '{"runtimes": {"engine": [{"file": "x"}]}}'):
        file = tmp_path / f"{len(content)}.json"
        file.write_text(content)
        monkeypatch.setattr(lock, "LOCK", file)
        with pytest.raises(JarsError, match=r"the lock of jars, .*\.json, cannot be read: .*; install parity again"):
            read_lock()


def test_chosen_runtimes() -> None:
    known = {"a": (a_jar("a"),), "b": (a_jar("b"),)}
    assert list(chosen(known, [])) == ["a", "b"]
    assert list(chosen(known, ["b", "b"])) == ["b"]
    with pytest.raises(UsageError, match="no jars are locked for c, d; there are a, b"):
        chosen(known, ["c", "a", "d"])


@pytest.mark.parametrize(
    ("licence", "told"),
    [
        ("AGPL-3.0-only", True),
        ("LicenseRef-Engine-Commercial", True),
        ("GPL-3.0-or-later", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", False),
        ("Apache-2.0 OR LGPL-2.1-only", False),
        ("AGPL-3.0-only OR MIT", False),
        ("AGPL-3.0-only OR LicenseRef-Engine-Commercial", True),
        ("BSD-3-Clause", False),
    ],
)
def test_licences_that_want_a_word(licence: str, told: bool) -> None:
    jars = [a_jar("a", licence=licence), a_jar("b", licence="MIT"), a_jar("c", licence=licence)]
    assert announced({"one": jars, "two": [a_jar("b")]}) == ([f"one is under {licence} (a-1.0.jar, c-1.0.jar)"] if told else [])


def test_jpmml_is_announced() -> None:
    assert any(line.startswith("jpmml is under AGPL-3.0-only (") for line in announced(read_lock()))
