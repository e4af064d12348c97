"""Options of a runtime, written beside an artifact: checked by name and by value, and put into Java's spelling."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from typing import Any

from parity.errors import ConfigurationError
from parity.values.case import Artifact

Reader = Callable[[Any], str]


def checked(runtime: str, artifact: Artifact, known: Mapping[str, Reader]) -> dict[str, str]:
    """Each option through its reader, which raises ValueError with what it wants."""
    options = {}
    for name, value in artifact.options.items():
        if name not in known:
            raise ConfigurationError(_unknown(runtime, artifact, name, known))
        try:
            options[name] = known[name](value)
        except ValueError as error:
            raise ConfigurationError(
                f"option {name} of {artifact.path.name} for {runtime} is {value!r}, wanted {error}; change it under `options`"
            ) from None
    return options


def number(value: Any) -> str:
    """A number, in the spelling that Java parses to the same bits."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number")
    value = float(value)
    if math.isnan(value):
        return "NaN"
    return repr(value) if math.isfinite(value) else f"{'-' if value < 0 else ''}Infinity"


def whole(lowest: int) -> Reader:
    """A reader of whole numbers from `lowest` up."""

    def read(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
            raise ValueError(f"a whole number of at least {lowest}")
        return str(value)

    return read


def text(value: Any) -> str:
    """Any text but none."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text that is not empty")
    return value


def one_of(*names: str) -> Reader:
    """A reader of one of some words."""

    def read(value: Any) -> str:
        if value not in names:
            raise ValueError(f"one of {', '.join(names)}")
        return str(value)

    return read


def _unknown(runtime: str, artifact: Artifact, name: str, known: Mapping[str, Reader]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    takes = f"it knows {', '.join(known)}" if known else "it takes none"
    return f"{runtime} does not know the option {name!r} of {artifact.path.name}: {meant}{takes}"
