"""Downloads from a repository on 127.0.0.1: continued, tried again, refused; through a proxy, with a login."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from parity.errors import JarsError
from parity.jvm.download import CHUNK, PAUSES_S, Remote
from parity.jvm.maven_settings import Mirror, Settings
from parity.jvm.part import place
from parity.jvm.repository import find_repository
from tests.jvm.maven import CONTENT, Machine, Repository, a_jar

JAR = a_jar()


@pytest.fixture
def target(machine: Machine, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Path:
    repository.offer(JAR)
    monkeypatch.setenv("PARITY_MAVEN_REPO_URL", repository.url)
    return machine.store / JAR.path


def remote(pauses: list[float] | None = None, counts: list[int] | None = None, settings: Settings | None = None) -> Remote:
    pauses, counts = [] if pauses is None else pauses, [] if counts is None else counts
    return Remote(lambda: find_repository(settings or Settings()), counts.append, pauses.append)


def ranges(repository: Repository) -> list[str | None]:
    return [headers.get("range") for _, headers in repository.asked]


def test_a_jar_is_fetched_and_counted(target: Path, repository: Repository) -> None:
    counts: list[int] = []
    assert place(JAR, target, [remote(counts=counts)]) == repository.url
    assert target.read_bytes() == CONTENT
    assert sum(counts) == len(CONTENT) and len(counts) >= len(CONTENT) // CHUNK
    assert [path for path, _ in repository.asked] == ["/org/engine/engine/1.0/engine-1.0.jar"]


def test_a_download_that_breaks_off_is_continued(target: Path, repository: Repository) -> None:
    repository.faults = [100_000, 50_000]
    pauses: list[float] = []
    place(JAR, target, [remote(pauses)])
    assert target.read_bytes() == CONTENT
    assert ranges(repository) == [None, "bytes=100000-", "bytes=150000-"]
    assert pauses == list(PAUSES_S[:2])


def test_what_came_is_kept_for_the_next_call(target: Path, repository: Repository) -> None:
    repository.faults = [1000, 503, 503, 503]
    with pytest.raises(
        JarsError,
        match=r"engine-1\.0\.jar could not be fetched from .*by: PARITY_MAVEN_REPO_URL\): HTTP 503 .*; what came is kept",
    ):
        place(JAR, target, [remote()])
    assert not target.exists()
    assert target.with_name("engine-1.0.jar.part").read_bytes() == CONTENT[:1000]
    place(JAR, target, [remote()])
    assert ranges(repository)[-1] == "bytes=1000-"
    assert target.read_bytes() == CONTENT


def test_a_server_that_cannot_continue_begins_again(target: Path, repository: Repository) -> None:
    repository.ranges = False
    repository.faults = [100_000]
    place(JAR, target, [remote()])
    assert target.read_bytes() == CONTENT


def test_a_whole_part_is_not_fetched_again(target: Path, repository: Repository) -> None:
    target.parent.mkdir(parents=True)
    target.with_name("engine-1.0.jar.part").write_bytes(CONTENT)
    place(JAR, target, [remote()])
    assert repository.asked == []


@pytest.mark.parametrize("left", [CONTENT[::-1], CONTENT[::-1][:1000], CONTENT + b"more"])
def test_a_part_of_something_else_is_replaced(target: Path, repository: Repository, left: bytes) -> None:
    target.parent.mkdir(parents=True)
    target.with_name("engine-1.0.jar.part").write_bytes(left)
    place(JAR, target, [remote()])
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("content", [CONTENT[::-1], CONTENT[:-1], CONTENT + b"more", b"<html>Please log in</html>", b""])
def test_another_jar_is_not_kept(target: Path, repository: Repository, content: bytes) -> None:
    repository.offer(JAR, content)
    with pytest.raises(JarsError, match="not the jar that was locked: it has"):
        place(JAR, target, [remote()])
    assert list(target.parent.iterdir()) == []


def test_a_jar_that_is_not_there(target: Path, repository: Repository) -> None:
    repository.files.clear()
    with pytest.raises(JarsError, match=r"engine-1\.0\.jar .* cannot be had: http://127.*: HTTP 404 Not Found"):
        place(JAR, target, [remote()])
    assert len(repository.asked) == 1


def test_a_busy_server_is_asked_again(target: Path, repository: Repository) -> None:
    repository.faults = [503, 429, 500]
    place(JAR, target, [remote()])
    assert len(repository.asked) == 4


def test_nobody_listens(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_MAVEN_REPO_URL", "http://127.0.0.1:9")
    pauses: list[float] = []
    with pytest.raises(JarsError, match=r"could not be fetched .*Connection refused; .*HTTPS_PROXY.*`parity jars bundle`"):
        place(JAR, target, [remote(pauses)])
    assert pauses == list(PAUSES_S)
    assert list(target.parent.iterdir()) == []


def test_a_login(target: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.login = "Basic " + base64.b64encode(b"me:p@ss").decode()
    with pytest.raises(
        JarsError, match=r"HTTP 401 .*; give the login of its <server> in Maven's settings\.xml, or in PARITY_MAVEN"
    ):
        place(JAR, target, [remote()])
    monkeypatch.setenv("PARITY_MAVEN_REPO_URL", repository.url.replace("//", "//me:p%40ss@"))
    assert place(JAR, target, [remote()]) == repository.url


def test_the_login_of_a_mirror(target: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARITY_MAVEN_REPO_URL")
    repository.login = "Basic " + base64.b64encode(b"me:p").decode()
    settings = Settings((Mirror("corp", repository.url, ("*",)),), {"corp": ("me", "p")})
    assert place(JAR, target, [remote(settings=settings)]) == repository.url


def test_through_the_proxy_of_the_usual_variables(target: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARITY_MAVEN_REPO_URL", "http://repository.invalid/maven")
    repository.files["/maven/" + JAR.path] = CONTENT
    monkeypatch.setenv("http_proxy", repository.url)
    place(JAR, target, [remote()])
    assert repository.asked[0][0] == f"http://repository.invalid/maven/{JAR.path}"


def test_hosts_of_no_proxy_are_asked_directly(target: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    place(JAR, target, [remote()])
    assert repository.asked[0][0] == f"/{JAR.path}"
