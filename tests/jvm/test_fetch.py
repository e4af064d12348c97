"""What is fetched, from where, and into which place."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import parity
from parity.errors import JarsError, UsageError
from parity.jvm.bundle import bundle
from parity.jvm.fetch import bring, plan
from parity.jvm.jars import class_path
from tests.jvm.maven import CONTENT, Machine, Repository, a_jar

JAR = a_jar()


@pytest.fixture
def online(machine: Machine, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    repository.offer(JAR)
    monkeypatch.setenv("PARITY_MAVEN_REPO_URL", repository.url)
    return repository


def put(path: Path, content: bytes = CONTENT) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_fetched_jars_are_found_and_not_fetched_again(machine: Machine, online: Repository) -> None:
    wanted = plan([])
    assert (wanted.size, wanted.here, wanted.folder) == (len(CONTENT), (), machine.store)
    (brought,) = bring(wanted)
    assert (brought.path, brought.source) == (machine.store / JAR.path, online.url)
    assert class_path("engine").jars[2] == brought.path
    assert plan([]).here == ((JAR, brought.path),)
    assert bring(plan([])) == []
    assert len(online.asked) == 1


def test_mavens_cache_is_asked_before_the_network_and_left_as_it_is(machine: Machine, online: Repository) -> None:
    cached = machine.home / ".m2/repository" / JAR.path
    put(cached)
    cached.chmod(0o444)
    (brought,) = bring(plan([]))
    assert brought.source == str(machine.home / ".m2/repository")
    assert online.asked == []
    assert cached.read_bytes() == CONTENT and [path.name for path in cached.parent.iterdir()] == [JAR.file]


def test_a_damaged_cache_is_passed_over(machine: Machine, online: Repository) -> None:
    put(machine.home / ".m2/repository" / JAR.path, CONTENT[::-1])
    (brought,) = bring(plan([]))
    assert brought.source == online.url


def test_an_altered_jar_in_the_store_is_fetched_again(machine: Machine, online: Repository) -> None:
    put(machine.store / JAR.path, CONTENT[::-1])
    bring(plan([]))
    assert class_path("engine", rehash=True).jars[2].read_bytes() == CONTENT


def test_an_altered_jar_that_would_hide_the_fetched_one_is_told(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    put(machine.built / "engine" / JAR.file, CONTENT[::-1])
    with pytest.raises(
        JarsError, match=r"built/engine/engine-1\.0\.jar is not the jar that was locked: delete it, and run `parity"
    ):
        plan([])


def test_a_jar_of_two_runtimes_is_brought_once(machine: Machine, online: Repository) -> None:
    other = a_jar("other", b"another")
    online.offer(other, b"another")
    machine.locks(engine=[JAR], second=[JAR, other])
    assert plan([]).size == len(CONTENT) + len(b"another")
    assert [brought.jar for brought in bring(plan([]))] == [JAR, other]
    assert len(online.asked) == 2


def test_only_the_named_runtime(machine: Machine, online: Repository) -> None:
    machine.locks(engine=[JAR], second=[a_jar("other")])
    assert [jar for jar, _ in plan(["engine"]).absent] == [JAR]
    with pytest.raises(UsageError, match="no jars are locked for nothing; there are engine, second"):
        plan(["nothing"])


def test_another_folder_gets_all_of_it(machine: Machine, online: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    put(machine.built / "engine" / JAR.file)
    (brought,) = bring(plan([], folder=machine.folder / "there"))
    assert (brought.path, brought.source) == (machine.folder / "there" / JAR.path, "what is here already")
    monkeypatch.setenv("PARITY_JARS", str(machine.folder / "there"))
    assert class_path("engine").jars[2] == brought.path


def switch(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_OFFLINE", "1")


def setting(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.settings("<offline>true</offline>")


@pytest.mark.parametrize("how", [switch, setting])
def test_offline(
    machine: Machine, online: Repository, monkeypatch: pytest.MonkeyPatch, how: Callable[[Machine, pytest.MonkeyPatch], None]
) -> None:
    how(machine, monkeypatch)
    with pytest.raises(
        JarsError, match=r"engine-1\.0\.jar .* is not on this machine, and the network may not be used .* --from`"
    ):
        bring(plan([]))
    put(machine.home / ".m2/repository" / JAR.path)
    assert len(bring(plan([]))) == 1
    assert online.asked == []


def test_a_machine_without_a_repository_uses_what_it_has(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    put(machine.home / ".m2/repository" / JAR.path)
    assert len(bring(plan([]))) == 1


def test_a_bundle_is_carried(machine: Machine, online: Repository) -> None:
    second = a_jar("other")
    online.offer(second)
    machine.locks(engine=[JAR], second=[second])
    bring(plan(["engine"]))
    bundle(machine.folder / "b.zip", ["engine"])
    shutil.rmtree(machine.store)
    online.asked.clear()
    wanted = plan([], given=machine.folder / "b.zip")
    assert [jar for jar, _ in wanted.absent] == [JAR]  # what the bundle is complete for
    (brought,) = bring(wanted, given=machine.folder / "b.zip")
    assert brought.source == str(machine.folder / "b.zip")
    assert online.asked == []
    with pytest.raises(JarsError, match=r"other-1\.0\.jar .* cannot be had: .*b\.zip: has no such file"):
        bring(plan(["second"]), given=machine.folder / "b.zip")


def test_a_bundle_that_is_complete_for_nothing(machine: Machine) -> None:
    with pytest.raises(UsageError, match=r"--from .*empty holds all locked jars of no runtime; was it bundled by"):
        plan([], given=machine.folder / "empty")


def test_one_failure_keeps_what_came(machine: Machine, online: Repository) -> None:
    jars = [JAR, *(a_jar(name) for name in ("b", "c", "d", "e", "f"))]
    machine.locks(engine=jars)
    for jar in jars[:3]:
        online.offer(jar)
    with pytest.raises(JarsError, match=r"[def]-1\.0\.jar .* cannot be had: .* HTTP 404"):
        bring(plan([]))
    came = [jar for jar in jars if (machine.store / jar.path).exists()]
    for jar in jars[3:]:
        online.offer(jar)
    assert [brought.jar for brought in bring(plan([]))] == [jar for jar in jars if jar not in came]
    assert len(plan([]).here) == len(jars)


def test_what_is_under_way_when_another_fails_is_stopped_and_kept(machine: Machine, online: Repository) -> None:
    machine.locks(engine=[JAR, a_jar("absent")])
    online.before_404 = slow = threading.Event()

    def count(more: int) -> None:
        if not slow.is_set():
            slow.set()
            time.sleep(1)  # the other jar fails meanwhile

    with pytest.raises(JarsError, match=r"absent-1\.0\.jar .* HTTP 404"):
        bring(plan([]), on_bytes=count)
    assert slow.is_set()
    part = machine.store / f"{JAR.path}.part"
    assert 0 < part.stat().st_size < len(CONTENT)
    assert CONTENT.startswith(part.read_bytes())


def test_two_at_once(machine: Machine, online: Repository) -> None:
    wanted = plan([])
    with ThreadPoolExecutor(2) as pool:
        found = [pool.submit(bring, wanted), pool.submit(bring, wanted)]
    assert sorted(one.source for future in found for one in future.result()) == ["", online.url]
    assert len(online.asked) == 1


def test_too_little_room_is_told_before_anything_is_fetched(
    machine: Machine, online: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parity.jvm.fetch.shutil.disk_usage", lambda folder: shutil._ntuple_diskusage(10, 10, 1000))
    with pytest.raises(JarsError, match=r"parity/jars has room for 0.0 MB, wanted 0.5: free some, or name another folder"):
        bring(plan([]))
    assert online.asked == []


def test_only_the_command_can_reach_the_network() -> None:
    """So that nothing is downloaded while tests run: whoever judges a model cannot come to `fetch` or `download`."""
    package = Path(parity.__file__).parent
    importing = re.compile(r"parity\.jvm\.(fetch|download|repository) import|parity\.jvm import .*(fetch|download|repository)")
    found = {str(module.relative_to(package)) for module in package.rglob("*.py") if importing.search(module.read_text("utf-8"))}
    assert found == {"commands/jars.py", "jvm/download.py", "jvm/fetch.py"}


def test_a_jar_of_two_runtimes_stands_with_the_first(machine: Machine) -> None:
    machine.locks(engine=[JAR], second=[JAR])
    assert plan([]).absent == ((JAR, "engine"),)
