"""Folders and bundles as sources."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from parity.errors import JarsError, UsageError
from parity.jvm.part import place
from parity.jvm.sources import Bundle, Folder, Here, carried
from tests.jvm.maven import CONTENT, Machine, a_jar

JAR = a_jar()


def a_bundle(file: Path, **entries: bytes) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (entries or {JAR.path: CONTENT}).items():
            archive.writestr(name, content)
    return file


@pytest.mark.parametrize("below", [JAR.path, JAR.file])
def test_a_folder_is_a_repository_or_flat(machine: Machine, below: str) -> None:
    path = machine.folder / "jars" / below
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    source = carried(machine.folder / "jars")
    assert source.holds(JAR) and not source.holds(a_jar("other"))
    assert place(JAR, machine.store / JAR.path, [source]) == str(machine.folder / "jars")
    assert path.read_bytes() == (machine.store / JAR.path).read_bytes() == CONTENT


def test_a_bundle(machine: Machine) -> None:
    source = carried(a_bundle(machine.folder / "b.zip"))
    assert source.holds(JAR) and not source.holds(a_jar("other"))
    place(JAR, machine.store / JAR.path, [source])
    assert (machine.store / JAR.path).read_bytes() == CONTENT


def test_a_bundle_puts_nothing_anywhere_else(machine: Machine) -> None:
    place(JAR, machine.store / JAR.path, [Bundle(a_bundle(machine.folder / "b.zip", **{"../../evil": b"x", JAR.path: CONTENT}))])
    assert list(machine.folder.rglob("*evil*")) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [(CONTENT[:-1], "has another engine-1.0.jar, of 524287 bytes, wanted 524288"), (CONTENT[::-1], "it has SHA-256")],
)
def test_a_bundle_with_another_jar(machine: Machine, content: bytes, told: str) -> None:
    with pytest.raises(JarsError, match=told):
        place(JAR, machine.store / JAR.path, [Bundle(a_bundle(machine.folder / "b.zip", **{JAR.path: content}))])
    assert not (machine.store / JAR.path).exists()


def test_a_damaged_bundle(machine: Machine) -> None:
    file = a_bundle(machine.folder / "b.zip")
    content = bytearray(file.read_bytes())
    content[1000] ^= 1
    file.write_bytes(content)
    with pytest.raises(JarsError, match=r"b\.zip: damaged: Bad CRC-32"):
        place(JAR, machine.store / JAR.path, [Bundle(file)])
    assert list((machine.store / JAR.path).parent.iterdir()) == []


def test_sources_without_the_jar(machine: Machine) -> None:
    sources = [Folder(machine.home), Bundle(a_bundle(machine.folder / "b.zip", other=b"")), Here({JAR: "engine"})]
    wanted = r"home: has no such file; .*b\.zip: has no such file; was it bundled .*; what is here already: has no such file"
    with pytest.raises(JarsError, match=wanted):
        place(JAR, machine.store / JAR.path, sources)


def test_what_was_not_carried(machine: Machine) -> None:
    with pytest.raises(UsageError, match=r"--from .*nothing does not exist; give the bundle"):
        carried(machine.folder / "nothing")
    (machine.folder / "text").write_text("x")
    with pytest.raises(UsageError, match=r"--from .*text is neither a folder nor a zip file; give the bundle"):
        carried(machine.folder / "text")
