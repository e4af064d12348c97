"""The options of a run: from the command line, else from the ini file, checked before anything is collected."""

from __future__ import annotations

import difflib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from parity.errors import UsageError
from parity.values.plan import Phase
from parity.values.settings import Settings

PROFILES = ("dev", "ci", "nightly")
DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>s|m|h|)")
SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Options:
    """What was asked for. Empty tuples mean all; paths are absolute."""

    settings: Settings
    runtimes: tuple[str, ...] = ()
    phases: tuple[Phase, ...] = ()
    cases: tuple[str, ...] = ()
    model: str | None = None
    artifacts: tuple[Path, ...] = ()
    data: Path | None = None
    json: Path | None = None


def read_options(config: pytest.Config) -> Options:
    """Options of a pytest run; raises UsageError with what was given, what is wanted and the nearest known name.

    Paths from the command line are relative to the folder that pytest was called in, those from the ini file to the root.
    """
    model = _text(config, "model")
    artifacts = tuple(_paths(config, "artifact"))
    _check_pair(model, artifacts, _text(config, "data"))
    return Options(
        settings=_settings(config),
        runtimes=_known("--parity-runtime", _many(config, "runtime"), runtime_names),
        phases=tuple(
            Phase(name) for name in _known("--parity-phase", _many(config, "phase"), lambda: [str(phase) for phase in Phase])
        ),
        cases=tuple(_many(config, "case")),
        model=model,
        artifacts=artifacts,
        data=next(iter(_paths(config, "data")), None),
        json=next(iter(_paths(config, "json")), None),
    )


def runtime_names() -> list[str]:
    from parity.runtimes import find

    return sorted(find())


def check_known(option: str, value: str, known: Iterable[str]) -> str:
    """`value`, or UsageError that names the nearest known one."""
    names = list(known)
    if value in names:
        return value
    near = difflib.get_close_matches(value, names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise UsageError(f"{option} {value!r}: no such name.{hint} Known: {', '.join(names)}.")


def seconds(option: str, text: str) -> float:
    """`90`, `90s`, `1.5m` or `2h` in seconds; more than 0."""
    match = DURATION.fullmatch(text.strip())
    value = float(match["number"]) * SECONDS[match["unit"]] if match else 0.0
    if value <= 0:
        raise UsageError(f"{option} {text!r}: a time is wanted, such as 90, 90s, 2m or 1h.")
    return value


def whole(option: str, text: str, least: int) -> int:
    """A whole number of at least `least`; `10_000` is fine."""
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if value < least:
        raise UsageError(f"{option} {text!r}: a whole number of at least {least} is wanted.")
    return value


def settings_from(
    *, option: str, folder: Path, profile: str, seed: str | None, rows: str | None, max_time: str | None, inline: bool
) -> Settings:
    """Settings of texts as they were typed; `option` stands in front of each option's name in messages."""
    return Settings(
        folder=folder,
        profile=check_known(f"{option}profile", profile, PROFILES),
        seed=whole(f"{option}seed", seed_for(profile) if seed is None else seed, 0),
        rows=None if rows is None else whole(f"{option}rows", rows, 1),
        max_seconds=None if max_time is None else seconds(f"{option}max-time", max_time),
        inline=inline,
    )


def _settings(config: pytest.Config) -> Settings:
    settings = settings_from(
        option="--parity-",
        folder=next(iter(_paths(config, "out")), config.rootpath / ".parity"),
        profile=_text(config, "profile") or "ci",
        seed=_seed(config),
        rows=_text(config, "rows"),
        max_time=_text(config, "max-time"),
        inline=bool(config.getoption("parity_inline") or config.getini("parity_inline")),
    )
    told = getattr(config, "workerinput", {}).get("testrunuid")  # the workers of pytest-xdist are one run
    return replace(settings, run=told) if told else settings


def _seed(config: pytest.Config) -> str:
    """`--parity-seed`, else `--hypothesis-seed` where it is a number, else drawn anew for `nightly` and 0 for the others.

    The workers of pytest-xdist are told the controller's, so that they search the same rows.
    """
    told: str | None = getattr(config, "workerinput", {}).get("parity_seed")
    asked = str(config.getoption("hypothesis_seed", None))
    given = told or _text(config, "seed") or (asked if asked.isdecimal() else None)
    return given or seed_for(_text(config, "profile") or "ci")


def seed_for(profile: str) -> str:
    """The seed of a run that was given none: a new one each `nightly`, 0 elsewhere, so that rows are the same in every run."""
    return str(secrets.randbits(32)) if profile == "nightly" else "0"


def _known(option: str, values: list[str], known: Any) -> tuple[str, ...]:
    return tuple(check_known(option, value, known()) for value in values)


def _check_pair(model: str | None, artifacts: tuple[Path, ...], data: str | None) -> None:
    if model and not artifacts:
        raise UsageError(f"--parity-model {model!r} without --parity-artifact: give the exported file to judge it by.")
    if artifacts and not model:
        raise UsageError(
            f"--parity-artifact {str(artifacts[0])!r} without --parity-model: give the model that it was exported from."
        )
    if data and not model:
        raise UsageError(f"--parity-data {data!r} without --parity-model: in parity.toml the rows of a case are its key data.")
    for path in artifacts:
        if not path.exists():
            raise UsageError(f"--parity-artifact {str(path)!r}: no such file or folder.")


def _given(config: pytest.Config, name: str) -> tuple[Any, bool]:
    """(value, whether it came from the ini file)."""
    key = f"parity_{name.replace('-', '_')}"
    value = config.getoption(key)
    return (value, False) if value not in (None, []) else (config.getini(key) or None, True)


def _text(config: pytest.Config, name: str) -> str | None:
    value, _ = _given(config, name)
    return None if value is None else str(value)


def _many(config: pytest.Config, name: str) -> list[str]:
    value, _ = _given(config, name)
    return [part.strip() for text in value or [] for part in text.split(",") if part.strip()]


def _paths(config: pytest.Config, name: str) -> list[Path]:
    value, from_ini = _given(config, name)
    values = [value] if isinstance(value, str) else value or []
    folder = config.rootpath if from_ini else config.invocation_params.dir
    return [(folder / text).resolve() for text in values]
