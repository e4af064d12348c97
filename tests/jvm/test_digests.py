"""Digests are read once, remembered, and never trusted where the file changed."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from parity.jvm import digests as module
from parity.jvm.digests import digests


@pytest.fixture
def jar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "a.jar").write_bytes(b"a jar")
    return tmp_path / "a.jar"


def test_contents_are_read_once_per_path_size_and_time(jar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    sha256 = module.sha256

    def counted(path: Path) -> str:
        read.append(path.name)
        return sha256(path)

    monkeypatch.setattr(module, "sha256", counted)
    assert digests([jar]) == digests([jar]) == {jar: hashlib.sha256(b"a jar").hexdigest()}
    assert len(read) == 1
    os.utime(jar, ns=(1, 1))
    digests([jar])
    assert len(read) == 2
    digests([jar], rehash=True)
    assert len(read) == 3


@pytest.mark.parametrize("memory", ["", "[]", "{", '{"schema": 3}'])
def test_a_damaged_memory_is_forgotten(jar: Path, memory: str) -> None:
    (jar.parent / "parity").mkdir()
    (jar.parent / "parity/jars-verified.json").write_text(memory)
    assert len(digests([jar])) == 1
    assert hashlib.sha256(b"a jar").hexdigest() in json.loads((jar.parent / "parity/jars-verified.json").read_text()).values()


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(jar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(jar))
    assert len(digests([jar])) == 1
