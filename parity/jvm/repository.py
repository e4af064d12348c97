"""Which Maven repository jars are fetched from, with which login and through which proxy.

No address stands here. In this order: PARITY_MAVEN_REPO_URL or MAVEN_REPO_URL; the mirror of `central` in Maven's settings;
Maven Central, as jgo (part of `pytest-parity[java]`) or an installed Maven knows it. The lock decides what is taken from there.
"""

from __future__ import annotations

import os
import re
import urllib.request
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import unquote, urlsplit

from parity.errors import JarsError
from parity.jvm.maven_settings import Settings, maven_homes, mirror_of

VARIABLES = ("PARITY_MAVEN_REPO_URL", "MAVEN_REPO_URL")
CENTRAL = "central"


@dataclass(frozen=True)
class Repository:
    """`base` without login and without closing slash; `origin` says who named it. `proxies` by scheme, empty for none."""

    base: str
    origin: str
    login: tuple[str, str] | None
    proxies: Mapping[str, str]


def find_repository(settings: Settings, environment: Mapping[str, str] | None = None) -> Repository:
    """Raises JarsError where nobody names a repository, or one that cannot be used."""
    variables = os.environ if environment is None else environment
    base, origin, key = _base(settings, variables)
    address = urlsplit(base)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise JarsError(f"the Maven repository of {origin} is {base!r}; wanted one that begins with https:// or http://")
    bare = address._replace(netloc=address.netloc.rpartition("@")[2]).geturl().rstrip("/")
    repository = Repository(bare, origin, _login(address.username, address.password, key, settings), {})
    return replace(repository, proxies=_proxies(address.hostname, settings))


def _base(settings: Settings, variables: Mapping[str, str]) -> tuple[str, str, str]:
    """The address, who named it, and the id under which the settings have a login for it."""
    for name in VARIABLES:
        if variables.get(name):
            return variables[name], name, CENTRAL
    mirror = mirror_of(CENTRAL, settings.mirrors)
    if mirror:
        return mirror.url, f"mirror {mirror.id} in Maven's settings.xml", mirror.id
    known = _as_jgo_knows() or next(filter(None, map(_as_maven_knows, maven_homes(variables))), None)
    if known:
        return known, "Maven Central", CENTRAL
    raise JarsError(
        "no Maven repository is known to fetch jars from: pip install 'pytest-parity[java]', which brings jgo, which knows Maven "
        f"Central, or set {VARIABLES[0]} to the address of your company's mirror"
    )


def _as_jgo_knows() -> str | None:
    try:
        from jgo.constants import MAVEN_CENTRAL_URL  # type: ignore[import-not-found, unused-ignore]
    except ImportError:  # not installed, or older than 3
        return None
    return str(MAVEN_CENTRAL_URL)


def _as_maven_knows(home: Path) -> str | None:
    """The repository of the POM that all others inherit from, which lies in one of Maven's own jars."""
    for jar in sorted(home.glob("lib/maven-model-builder-*.jar")):
        with zipfile.ZipFile(jar) as archive:
            pom = archive.read("org/apache/maven/model/pom-4.0.0.xml").decode("utf-8")
        found = re.search(r"<repository>\s*<id>central</id>.*?<url>([^<]+)</url>", pom, re.DOTALL)
        return found[1].strip() if found else None
    return None


def _login(user: str | None, password: str | None, key: str, settings: Settings) -> tuple[str, str] | None:
    if user:
        return unquote(user), unquote(password or "")
    login = (settings.logins or {}).get(key)
    if login and re.fullmatch(r"\{.+\}", login[1]):
        raise JarsError(
            f"the password of server {key} in Maven's settings.xml is encrypted, and only Maven can read it: "
            f"set {VARIABLES[0]} to https://USER:PASSWORD@HOST/PATH, or write ${{env.NAME}} as the password"
        )
    return login


def _proxies(host: str, settings: Settings) -> dict[str, str]:
    """The usual variables, no_proxy among them, go before Maven's settings."""
    usual = urllib.request.getproxies()
    named = {scheme: usual.get(scheme) or usual.get("all", "") for scheme in ("http", "https")}
    if any(named.values()):
        return {} if urllib.request.proxy_bypass(host) else {scheme: url for scheme, url in named.items() if url}
    proxy = settings.proxy
    if proxy is None or any(fnmatch(host, pattern) for pattern in proxy.direct):
        return {}
    return {"http": proxy.url, "https": proxy.url}
