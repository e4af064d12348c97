"""Bundles hold verified jars and their bill of materials; equal jars make equal bundles."""

from __future__ import annotations

import json
import zipfile

import pytest

from parity.errors import JarsError, UsageError
from parity.jvm.bundle import bundle
from tests.jvm.maven import CONTENT, Machine, a_jar

JAR = a_jar()


@pytest.fixture
def fetched(machine: Machine) -> Machine:
    path = machine.store / JAR.path
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    return machine


def test_what_is_in_it(fetched: Machine) -> None:
    assert bundle(fetched.folder / "b.zip", []) == {"engine": (JAR,)}
    bundle(fetched.folder / "again.zip", ["engine"])
    assert (fetched.folder / "b.zip").read_bytes() == (fetched.folder / "again.zip").read_bytes()
    with zipfile.ZipFile(fetched.folder / "b.zip") as archive:
        assert archive.read(JAR.path) == CONTENT
        assert [one["name"] for one in json.loads(archive.read("sbom.cdx.json"))["components"]] == ["engine"]


def test_a_missing_and_an_altered_jar_make_no_bundle(fetched: Machine) -> None:
    (fetched.store / JAR.path).write_bytes(CONTENT[::-1])
    with pytest.raises(JarsError, match=r"engine-1\.0\.jar is not the jar that was locked; run `parity jars verify`"):
        bundle(fetched.folder / "b.zip", [])
    (fetched.store / JAR.path).unlink()
    with pytest.raises(JarsError, match=r"engine-1\.0\.jar .* run `parity jars fetch engine`"):
        bundle(fetched.folder / "b.zip", [])
    assert list(fetched.folder.glob("b.zip*")) == []


def test_a_place_that_cannot_be_written(fetched: Machine) -> None:
    with pytest.raises(
        UsageError, match=r"the bundle .*no/b\.zip cannot be written: No such file or directory; name another file"
    ):
        bundle(fetched.folder / "no/b.zip", [])
