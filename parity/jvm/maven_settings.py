"""What Maven's `settings.xml` says about downloads: mirrors, logins, proxies, offline, and where the local repository lies.

Read as Maven reads it (its Settings Reference): the user's file before the installation's, `${env.NAME}` filled in.
"""

from __future__ import annotations

import os
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from parity.errors import JarsError


@dataclass(frozen=True)
class Mirror:
    """`of` lists the repositories that it stands in for: `central`, `*`, `external:*`, `!central` …"""

    id: str
    url: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class Proxy:
    """`url` holds the login, where there is one; `direct` are the hosts that are asked without it, with `*` as in a glob."""

    url: str
    direct: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """`logins` pairs the id of a server with its user and password."""

    mirrors: tuple[Mirror, ...] = ()
    logins: Mapping[str, tuple[str, str]] | None = None
    proxy: Proxy | None = None
    offline: bool = False
    local_repository: Path | None = None


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The user's settings, completed by the installation's. Raises JarsError for a file that is not XML."""
    variables = os.environ if environment is None else environment
    files = [_home(variables) / ".m2/settings.xml"]
    files += [home / "conf/settings.xml" for home in maven_homes(variables)]
    read = [_read(file, variables) for file in files if file.is_file()]
    return Settings(
        tuple(mirror for settings in read for mirror in settings.mirrors),
        {key: login for settings in reversed(read) for key, login in (settings.logins or {}).items()},
        next((settings.proxy for settings in read if settings.proxy), None),
        any(settings.offline for settings in read),
        next((settings.local_repository for settings in read if settings.local_repository), None),
    )


def local_repository(settings: Settings, environment: Mapping[str, str] | None = None) -> Path:
    """Maven's own cache: `localRepository` of the settings, else `~/.m2/repository`. It need not exist."""
    variables = os.environ if environment is None else environment
    return settings.local_repository or _home(variables) / ".m2/repository"


def maven_homes(variables: Mapping[str, str]) -> Iterator[Path]:
    """Folders in which Maven is installed: as the variables say, and that of `mvn` on PATH."""
    yield from (Path(variables[name]) for name in ("MAVEN_HOME", "M2_HOME") if variables.get(name))
    command = shutil.which("mvn", path=variables.get("PATH", ""))
    if command:
        yield Path(command).resolve().parent.parent


def mirror_of(repository: str, mirrors: Sequence[Mirror]) -> Mirror | None:
    """The first mirror that stands in for a remote repository."""
    for mirror in mirrors:
        if f"!{repository}" not in mirror.of and {repository, "*", "external:*"} & set(mirror.of):
            return mirror
    return None


def _home(variables: Mapping[str, str]) -> Path:
    return Path(variables.get("HOME") or Path.home())


def _read(file: Path, variables: Mapping[str, str]) -> Settings:
    try:
        root = ElementTree.fromstring(file.read_text("utf-8"))
    except (OSError, ValueError, ElementTree.ParseError) as error:
        raise JarsError(f"Maven's settings, {file}, cannot be read: {error}; mend the file or rename it") from None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.text = _filled((element.text or "").strip(), variables)
    repository = root.findtext("localRepository")
    return Settings(
        tuple(_mirrors(root)),
        {_of(server, "id"): (_of(server, "username"), _of(server, "password")) for server in root.iterfind("servers/server")},
        next(_proxies(root), None),
        root.findtext("offline") == "true",
        Path(repository) if repository else None,
    )


def _filled(text: str, variables: Mapping[str, str]) -> str:
    text = text.replace("${user.home}", str(_home(variables)))
    return re.sub(r"\$\{env\.(\w+)\}", lambda found: variables.get(found[1], found[0]), text)


def _of(element: ElementTree.Element, name: str) -> str:
    return element.findtext(name) or ""


def _mirrors(root: ElementTree.Element) -> Iterator[Mirror]:
    for mirror in root.iterfind("mirrors/mirror"):
        of = tuple(part.strip() for part in _of(mirror, "mirrorOf").split(","))
        yield Mirror(_of(mirror, "id"), _of(mirror, "url"), of)


def _proxies(root: ElementTree.Element) -> Iterator[Proxy]:
    for proxy in root.iterfind("proxies/proxy"):
        if _of(proxy, "active") in ("", "true"):
            user, password = _of(proxy, "username"), _of(proxy, "password")
            login = f"{user}:{password}@" if user else ""
            address = f"{_of(proxy, 'protocol') or 'http'}://{login}{_of(proxy, 'host')}:{_of(proxy, 'port') or 8080}"
            yield Proxy(address, tuple(filter(None, re.split(r"[|,]", _of(proxy, "nonProxyHosts")))))
