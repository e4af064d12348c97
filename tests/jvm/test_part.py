"""A jar reaches its place whole and as locked, or not at all."""

from __future__ import annotations

import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from io import BufferedRandom
from pathlib import Path

import pytest

from parity.errors import JarsError
from parity.jvm.lock import Jar
from parity.jvm.part import AbsentError, place
from tests.jvm.maven import CONTENT, Machine, a_jar

JAR = a_jar()


class Having:
    """A source that appends `content`, as a continued download does."""

    def __init__(self, content: bytes, name: str = "a source") -> None:
        self.name = name
        self.content = content
        self.calls = 0

    def write(self, jar: Jar, part: BufferedRandom) -> None:
        self.calls += 1
        part.write(self.content[part.seek(0, os.SEEK_END) :])


class Lacking:
    name = "an empty source"

    def write(self, jar: Jar, part: BufferedRandom) -> None:
        raise AbsentError("has no such file")


@pytest.fixture
def target(machine: Machine) -> Path:
    return machine.folder / "store/engine-1.0.jar"


def test_the_first_source_that_has_it(target: Path) -> None:
    never = Having(CONTENT)
    assert place(JAR, target, [Lacking(), Having(CONTENT, "the second"), never]) == "the second"
    assert target.read_bytes() == CONTENT
    assert never.calls == 0
    assert list(target.parent.iterdir()) == [target]


def test_what_is_there_already_is_left(target: Path) -> None:
    place(JAR, target, [Having(CONTENT)])
    time = target.stat().st_mtime_ns
    assert place(JAR, target, []) == ""
    assert target.stat().st_mtime_ns == time
    assert list(target.parent.iterdir()) == [target]


def test_an_altered_jar_in_its_place_is_replaced(target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(CONTENT[::-1])
    place(JAR, target, [Having(CONTENT)])
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("content", [CONTENT[::-1], CONTENT[:-1], CONTENT + b"x"])
def test_what_is_not_the_locked_jar_is_not_kept(target: Path, content: bytes) -> None:
    wanted = (
        r"engine-1\.0\.jar .* cannot be had: an empty source: has no such file; a source: not the jar that was locked: it has "
    )
    with pytest.raises(JarsError, match=wanted):
        place(JAR, target, [Lacking(), Having(content)])
    assert list(target.parent.iterdir()) == []


def test_after_an_altered_jar_the_next_source_is_asked_from_the_beginning(target: Path) -> None:
    assert place(JAR, target, [Having(CONTENT[::-1]), Having(CONTENT, "the second")]) == "the second"


def test_what_was_left_and_does_not_fit_is_thrown_away_once(target: Path) -> None:
    target.parent.mkdir()
    target.with_name("engine-1.0.jar.part").write_bytes(b"the beginning of something else")
    source = Having(CONTENT)
    place(JAR, target, [source])
    assert source.calls == 2
    assert target.read_bytes() == CONTENT


def test_many_at_once_bring_it_once(target: Path) -> None:
    begin = threading.Barrier(8)
    source = Having(CONTENT)

    def bring() -> str:
        begin.wait()
        return place(JAR, target, [source])

    with ThreadPoolExecutor(8) as pool:
        names = sorted(future.result() for future in [pool.submit(bring) for _ in range(8)])
    assert names == [""] * 7 + ["a source"]
    assert source.calls == 1
    assert list(target.parent.iterdir()) == [target]


def test_a_folder_that_cannot_be_written_is_told(target: Path) -> None:
    target.parent.write_bytes(b"a file")
    with pytest.raises(
        JarsError, match=r"engine-1\.0\.jar cannot be written: .*; name another folder with --dest or XDG_DATA_HOME"
    ):
        place(JAR, target, [Having(CONTENT)])


def test_a_full_disk_is_told(target: Path) -> None:
    class Full(Lacking):
        def write(self, jar: Jar, part: BufferedRandom) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(JarsError, match=r"engine-1\.0\.jar cannot be written: the disk is full; free some, or"):
        place(JAR, target, [Full()])
    assert list(target.parent.iterdir()) == []
