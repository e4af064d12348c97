"""A jar from a Maven repository over HTTP: continued where it broke off, tried again, and never more than was locked."""

from __future__ import annotations

import base64
import http.client
import os
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import cached_property
from io import BufferedRandom
from typing import Any

from parity import __version__
from parity.errors import JarsError
from parity.jvm.lock import Jar
from parity.jvm.part import AbsentError
from parity.jvm.repository import VARIABLES, Repository

CHUNK = 1 << 18
TIMEOUT_S = 30.0
PAUSES_S = (0.5, 2.0, 5.0)  # between one attempt and the next, so that a proxy or a busy mirror recovers
_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
_LOGIN = frozenset({401, 403})


class BrokenError(Exception):
    """The connection broke off, or the server is busy: worth another attempt."""


class Remote:
    """A repository as a source. `find` is called when something has to be fetched: what is here already needs no repository.

    `on_bytes` is told how many bytes came; `pause` waits, in seconds.
    """

    def __init__(
        self,
        find: Callable[[], Repository],
        on_bytes: Callable[[int], None] = lambda count: None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._find = find
        self._on_bytes = on_bytes
        self._pause = pause

    def write(self, jar: Jar, part: BufferedRandom) -> None:
        for pause in (*PAUSES_S, None):
            try:
                self._attempt(jar, part)
                return
            except BrokenError as error:
                if pause is None:
                    raise JarsError(self._unreachable(jar, str(error))) from None
                self._pause(pause)

    def _attempt(self, jar: Jar, part: BufferedRandom) -> None:
        start = part.seek(0, os.SEEK_END)
        if start >= jar.size:  # whole, or not of this jar: the hash will tell
            part.truncate(jar.size)
            return
        try:
            with self._opener.open(self._request(jar, start), timeout=TIMEOUT_S) as answer:
                self._receive(jar, part, answer, start)
        except urllib.error.HTTPError as error:
            self._refused(jar, part, error)
        except (OSError, http.client.HTTPException) as error:
            raise BrokenError(str(getattr(error, "reason", error)) or type(error).__name__) from None

    def _request(self, jar: Jar, start: int) -> urllib.request.Request:
        request = urllib.request.Request(f"{self._repository.base}/{jar.path}", headers={"User-Agent": f"parity/{__version__}"})
        if start:
            request.add_header("Range", f"bytes={start}-")
        if self._repository.login:
            login = base64.b64encode(":".join(self._repository.login).encode()).decode()
            request.add_unredirected_header("Authorization", f"Basic {login}")  # not for wherever the server sends us on to
        return request

    def _receive(self, jar: Jar, part: BufferedRandom, answer: Any, start: int) -> None:
        if answer.status != 206 or not (answer.headers["Content-Range"] or "").startswith(f"bytes {start}-"):
            part.truncate(0)  # the server begins at the beginning
            start = 0
        offered = answer.headers["Content-Length"]
        if offered and start + int(offered) != jar.size:
            part.truncate(0)
            raise AbsentError(f"not the jar that was locked: it has {start + int(offered)} bytes, wanted {jar.size}")
        missing = jar.size - start
        while missing and (chunk := _read(answer, min(CHUNK, missing))):
            part.write(chunk)
            self._on_bytes(len(chunk))
            missing -= len(chunk)
        part.flush()
        if missing:
            raise BrokenError(f"it broke off {missing} bytes before the end")

    def _refused(self, jar: Jar, part: BufferedRandom, error: urllib.error.HTTPError) -> None:
        error.close()
        if error.code == 416:  # what we have is longer than what the server has
            part.truncate(0)
            raise BrokenError("the server cannot continue")
        if error.code in _BUSY:
            raise BrokenError(f"HTTP {error.code} {error.reason}")
        if error.code in _LOGIN:
            raise JarsError(self._unreachable(jar, f"HTTP {error.code} {error.reason}", _HOW_TO_LOG_IN))
        raise AbsentError(f"HTTP {error.code} {error.reason}")

    def _unreachable(self, jar: Jar, reason: str, how: str = "") -> str:
        through = ", through a proxy" if self._repository.proxies else ""
        named = f"{self._repository.base} (named by: {self._repository.origin}{through})"
        return f"{jar.file} could not be fetched from {named}: {reason}; {how or _HOW_TO_REACH}"

    @property
    def name(self) -> str:
        return self._repository.base

    @cached_property
    def _repository(self) -> Repository:
        return self._find()

    @cached_property
    def _opener(self) -> urllib.request.OpenerDirector:
        proxies = urllib.request.ProxyHandler(dict(self._repository.proxies))
        return urllib.request.build_opener(proxies, urllib.request.HTTPSHandler(context=_trusted()))


_HOW_TO_LOG_IN = (
    f"give the login of its <server> in Maven's settings.xml, or in {VARIABLES[0]} as https://USER:PASSWORD@HOST/PATH"
)
_HOW_TO_REACH = (
    f"what came is kept: run it again; a proxy goes into HTTPS_PROXY, a mirror into {VARIABLES[0]}; for a machine without "
    "network, `parity jars bundle` elsewhere and `parity jars fetch --from` here"
)


def _read(answer: Any, size: int) -> bytes:
    try:
        return bytes(answer.read1(size))
    except (OSError, http.client.HTTPException) as error:
        raise BrokenError(str(error) or type(error).__name__) from None


def _trusted() -> ssl.SSLContext:
    """The system's certificates (SSL_CERT_FILE is OpenSSL's own variable), and those that companies name for pip and curl."""
    context = ssl.create_default_context()
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if os.path.isfile(os.environ.get(name, "")):
            context.load_verify_locations(os.environ[name])
    return context
