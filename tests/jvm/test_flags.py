"""The options of a JVM: what they are for a parity run and for timing, and that the archive of classes really serves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from parity.jvm.find import Jvm, find_jvm
from parity.jvm.flags import C1_ROWS, parity_flags, timing_flags, without_archive
from parity.jvm.jars import ClassPath, class_path

JVM = Jvm(Path("/jdk/lib/server/libjvm.so"), Path("/jdk"), "17.0.9", 17, "Maker 17.0.9+6")
JARS = ClassPath((Path("/a.jar"), Path("/b.jar")), (), ("1", "2"))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "the cache"))
    return tmp_path / "the cache"


def test_c1_only_where_few_rows_are_planned() -> None:
    c1 = "-XX:TieredStopAtLevel=1"
    assert c1 in parity_flags(0, JVM, JARS).options
    assert c1 in parity_flags(C1_ROWS, JVM, JARS).options
    assert c1 not in parity_flags(C1_ROWS + 1, JVM, JARS).options
    assert all("-XX:+UseSerialGC" in parity_flags(rows, JVM, JARS).options for rows in (0, C1_ROWS + 1))


def test_timing_runs_with_the_defaults() -> None:
    assert timing_flags(JVM).options == ()
    assert timing_flags(JVM).archive is None
    assert timing_flags(replace(JVM, major=25)).options == ("--enable-native-access=ALL-UNNAMED",)


def test_the_first_run_writes_an_archive_and_the_next_one_uses_it(cache: Path) -> None:
    first = parity_flags(0, JVM, JARS)
    assert first.archive is not None
    temporary, final = first.archive
    assert f"-XX:ArchiveClassesAtExit={temporary}" in first.options
    assert final.parent == cache / "parity" / "classes"
    assert final.parent.is_dir()
    final.touch()
    second = parity_flags(0, JVM, JARS)
    assert second.archive is None
    assert f"-XX:SharedArchiveFile={final}" in second.options
    assert "-XX:+VerifySharedSpaces" in second.options


def test_two_runs_at_once_write_to_names_of_their_own() -> None:
    one, other = parity_flags(0, JVM, JARS).archive, parity_flags(0, JVM, JARS).archive
    assert one and other
    assert one[0] != other[0]
    assert one[1] == other[1]


@pytest.mark.parametrize(
    ("jvm", "jars"),
    [
        (replace(JVM, build="Maker 17.0.10+7"), JARS),
        (replace(JVM, path=Path("/other/libjvm.so")), JARS),
        (JVM, replace(JARS, digests=("1", "3"))),
        (JVM, replace(JARS, jars=(Path("/b.jar"), Path("/a.jar")))),
    ],
)
def test_another_jvm_or_other_jars_have_another_archive(jvm: Jvm, jars: ClassPath) -> None:
    one, other = parity_flags(0, JVM, JARS).archive, parity_flags(0, jvm, jars).archive
    assert one and other
    assert one[1] != other[1]


def test_a_cache_that_cannot_be_written_means_no_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    flags = parity_flags(0, JVM, JARS)
    assert flags.archive is None
    assert not [option for option in flags.options if "Archive" in option]


def test_a_class_path_of_very_many_jars_means_no_archive() -> None:
    many = replace(JARS, jars=tuple(Path(f"/{i}.jar") for i in range(208)))
    assert parity_flags(0, JVM, many).archive is None


def test_archives_of_builds_long_gone_are_removed(cache: Path) -> None:
    folder = cache / "parity" / "classes"
    folder.mkdir(parents=True)
    for name, days in (("old.jsa", 40), ("old.jsa.77-1", 40), ("young.jsa", 20)):
        (folder / name).touch()
        os.utime(folder / name, (time.time() - 86_400 * days,) * 2)
    parity_flags(0, JVM, JARS)
    assert [path.name for path in folder.iterdir()] == ["young.jsa"]


def test_after_a_crash_the_archive_is_dropped(tmp_path: Path) -> None:
    archive = tmp_path / "x.jsa"
    archive.touch()
    assert without_archive(("-Xa", f"-XX:SharedArchiveFile={archive}")) == ("-Xa",)
    assert not archive.exists()
    assert without_archive(("-Xa", f"-XX:SharedArchiveFile={archive}")) == ("-Xa",)
    assert without_archive(("-Xa",)) is None


START = """
import json, os, sys
import jpype
jvm, jars, options = json.loads(sys.argv[1])
jpype.startJVM(jvm, *options, classpath=jars, convertStrings=False)
jpype.JClass("parity.harness.FakeScorer")
print("started", flush=True)
jpype.shutdownJVM()
"""


def start(options: tuple[str, ...], jars: list[str]) -> subprocess.CompletedProcess[str]:
    """Start this machine's JVM with the harness on its class path, load a class, and end it by the rules."""
    given = json.dumps([str(find_jvm().path), jars, options])
    return subprocess.run([sys.executable, "-c", START, given], capture_output=True, text=True, timeout=120, check=False)


def test_a_real_jvm_writes_reads_and_survives_a_damaged_archive(tmp_path: Path) -> None:
    """From a folder without a space: where the path of a jar has one, Java 17 loads its classes from the jar all the same."""
    jars = [shutil.copy(jar, tmp_path) for jar in class_path("fake").jars]
    first = parity_flags(0, find_jvm(), class_path("fake"))
    assert first.archive is not None
    assert start(first.options, jars).stdout.endswith("started\n")
    temporary, final = first.archive
    assert temporary.stat().st_size > 100_000
    temporary.replace(final)

    second = parity_flags(0, find_jvm(), class_path("fake"))
    assert _loaded_from_archive(second.options, jars)

    damaged = bytearray(final.read_bytes())
    middle = slice(len(damaged) // 3, 2 * len(damaged) // 3)
    damaged[middle] = bytes(255 - byte for byte in damaged[middle])
    final.chmod(0o644)
    for content in (bytes(damaged), b"", b"nothing of the kind"):
        final.write_bytes(content)
        run = start(second.options, jars)
        assert (run.returncode, run.stdout, run.stderr) == (0, "started\n", "")


def _loaded_from_archive(options: tuple[str, ...], jars: list[str]) -> bool:
    run = start((*options, "-Xlog:class+load"), jars)
    return any("parity.harness.FakeScorer" in line and "shared objects file (top)" in line for line in run.stdout.splitlines())
