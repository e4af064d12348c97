"""A Maven repository on 127.0.0.1 that misbehaves as told, and a machine of its own: lock, store, caches, settings."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from parity.jvm import jars, lock, places
from parity.jvm.lock import Jar

CONTENT = bytes(range(256)) * 2048  # 512 KiB: two chunks of a download
VARIABLES = ("PARITY_JARS", "PARITY_MAVEN_REPO_URL", "MAVEN_REPO_URL", "PARITY_OFFLINE", "MAVEN_HOME", "M2_HOME")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def a_jar(name: str = "engine", content: bytes = CONTENT, licence: str = "MIT", classifier: str | None = None) -> Jar:
    file = f"{name}-1.0{f'-{classifier}' if classifier else ''}.jar"
    return Jar(f"org.{name}:{name}:1.0", classifier, file, len(content), hashlib.sha256(content).hexdigest(), licence)


@dataclass(frozen=True)
class Machine:
    """One locked runtime, `engine`, unless told otherwise; nothing is built and nothing is fetched."""

    folder: Path

    @property
    def built(self) -> Path:
        return self.folder / "built"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def store(self) -> Path:
        return self.folder / "data/parity/jars"

    def locks(self, **runtimes: Sequence[Jar]) -> None:
        document = {"schema": 1, "runtimes": {name: [asdict(jar) for jar in jars] for name, jars in runtimes.items()}}
        (self.folder / "jars.lock.json").write_text(json.dumps(document))
        lock._read.cache_clear()

    def settings(self, content: str) -> None:
        (self.home / ".m2").mkdir(exist_ok=True)
        (self.home / ".m2/settings.xml").write_text(f"<settings xmlns='urn:settings'>{content}</settings>")


def a_machine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(folder)
    for name in ("lib", "built", "cache", "home", "data", "empty"):
        (folder / name).mkdir()
    for name in ("harness", "engine"):
        (folder / "lib" / f"parity-{name}.jar").write_bytes(name.encode())
    machine.locks(engine=[a_jar()])
    monkeypatch.setattr(jars, "OWN", folder / "lib")
    monkeypatch.setattr(lock, "LOCK", folder / "jars.lock.json")
    monkeypatch.setattr(places, "BUILT", machine.built)
    monkeypatch.setattr(places, "PACKAGES", ())
    for name in (*VARIABLES, *PROXIES, *(name.upper() for name in PROXIES)):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(machine.home))
    monkeypatch.setenv("PATH", str(folder / "empty"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    return machine


@dataclass
class Repository:
    """`files` by path; each answer takes the next of `faults`: an HTTP status, or the bytes after which it breaks off."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[int] = field(default_factory=list)
    ranges: bool = True
    login: str | None = None
    before_404: threading.Event | None = None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def offer(self, jar: Jar, content: bytes = CONTENT) -> None:
        self.files[f"/{jar.path}"] = content


@contextmanager
def serving() -> Iterator[Repository]:
    """A repository that is also an HTTP proxy: it answers for whatever host it is asked about."""
    repository = Repository()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _answers(repository))
    repository.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(0.01), daemon=True)
    thread.start()
    try:
        yield repository
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answers(repository: Repository) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            repository.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            fault = repository.faults.pop(0) if repository.faults else None
            path = "/" + self.path.split("/", 3)[3] if self.path.startswith("http") else self.path
            content = repository.files.get(path)
            if repository.login and self.headers["Authorization"] != repository.login:
                self.send_error(401)
            elif content is None:
                if repository.before_404:
                    repository.before_404.wait(10)
                self.send_error(404)
            elif fault and 100 <= fault < 600:
                self.send_error(fault)
            else:
                self.send(content, fault)

        def send(self, content: bytes, fault: int | None) -> None:
            wanted = self.headers["Range"] if repository.ranges else None
            start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
            if wanted and start >= len(content):
                self.send_error(416)
                return
            self.send_response(206 if wanted else 200)
            if wanted:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            self.wfile.write(content[start : None if fault is None else start + fault])

        def log_message(self, *_: object) -> None:
            """Quiet: what was asked is kept in `asked`."""

    return Handler
