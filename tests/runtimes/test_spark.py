"""Spark pipelines: what is recognised, and what their JVM is started with."""

from __future__ import annotations

from pathlib import Path

import pytest

from parity.errors import ArtifactError
from parity.jvm.find import Jvm
from parity.runtimes import find, runtime_for
from tests.contract.makers.spark import KEPT, unpacked


def test_a_folder_is_told_by_the_class_in_its_metadata(tmp_path: Path) -> None:
    folder = unpacked("text", tmp_path)
    assert runtime_for(folder).name == "spark"
    assert runtime_for(next(folder.glob("stages/3_*"))).name == "spark", "a model that was saved alone"
    assert not find()["spark"].recognises(folder / "stages")
    next(folder.glob("metadata/part-*")).write_text('{"class":"ml.other.Model"}')
    with pytest.raises(ArtifactError, match="no known format"):
        runtime_for(folder)


def test_the_jvm_is_opened_for_spark_and_given_the_vectors_that_it_has(tmp_path: Path) -> None:
    jvm = Jvm(tmp_path / "libjvm.so", tmp_path, "17.0.9", 17, "Maker")
    options = find()["spark"].jvm_options(jvm)  # type: ignore[attr-defined]
    assert "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED" in options
    assert not any("vector" in option for option in options)
    (tmp_path / "release").write_text('JAVA_VERSION="17.0.9"\nMODULES="java.base jdk.incubator.vector"\n')
    assert find()["spark"].jvm_options(jvm) == (*options, "--add-modules=jdk.incubator.vector")  # type: ignore[attr-defined]


def test_kept_pipelines_are_small() -> None:
    assert all(path.stat().st_size < 100_000 for path in KEPT.iterdir())
