"""Reads one TOML table key by key: types are checked, and a message names the file and the path of the key.

A path is written as it stands in the file: `case[0].columns.age.min`. Every check raises ConfigurationError.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, NoReturn, TypeVar

from parity.errors import ConfigurationError

T = TypeVar("T")

# Similarity from which a known key is offered; difflib's own default (0.6) misses short ones, as `mni` for `min`.
CLOSE = 0.5


@dataclass(frozen=True)
class Table:
    """A table of a configuration: its keys, the path that leads to it, and the file that it stands in."""

    values: Mapping[str, Any]
    path: str
    source: str

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def fail(source: str, path: str, message: str) -> NoReturn:
    """Raise ConfigurationError with the file and the path of the key in front of the message."""
    raise ConfigurationError(f"{source}: {path}: {message}" if path else f"{source}: {message}")


def said(value: Any) -> str:
    """A value and its type in the words of TOML, for messages."""
    return f"{shown(value)} ({kind_of(value)})"


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def kind_of(value: Any) -> str:
    names: tuple[tuple[type, str], ...] = (
        (bool, "a boolean"),
        (str, "a string"),
        (int, "an integer"),
        (float, "a float"),
        (list, "an array"),
        (tuple, "an array"),
        (Mapping, "a table"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), f"a {type(value).__name__}")


def nearest(word: str, known: Iterable[str]) -> str:
    """'did you mean "x"?' or the list of all that is known."""
    names = sorted(known)
    close = get_close_matches(word, names, n=1, cutoff=CLOSE)
    return f'did you mean "{close[0]}"?' if close else f"known here: {', '.join(names)}"


def only(table: Table, known: Iterable[str]) -> None:
    """Refuse keys that are not known."""
    names = list(known)
    for key in table.values:
        if key not in names:
            fail(table.source, table.at(key), f'unknown key "{key}"; {nearest(key, names)}')


def wanted(table: Table, key: str, check: Callable[[Any], bool], wants: str) -> Any:
    """The value of a key, or None where it is absent; refused where the check fails."""
    value = table.values.get(key)
    if key not in table.values:
        return None
    if not check(value):
        fail(table.source, table.at(key), f"{said(value)} was given, {wants} is wanted")
    return value


def text(table: Table, key: str) -> str | None:
    value = wanted(table, key, lambda v: isinstance(v, str), "a string")
    if value is not None and not value.strip():
        fail(table.source, table.at(key), "an empty string was given, a text is wanted")
    return value if value is None else str(value)


def needed(table: Table, key: str, value: T | None, why: str) -> T:
    """The value, or an error that says what the key is needed for."""
    if value is None:
        fail(table.source, table.at(key), f'the key "{key}" is missing; {why}')
    return value


def choice(table: Table, key: str, known: Iterable[str]) -> str | None:
    value, names = text(table, key), list(known)
    if value is not None and value not in names:
        fail(table.source, table.at(key), f'unknown value "{value}"; {nearest(value, names)}')
    return value


def boolean(table: Table, key: str) -> bool | None:
    value = wanted(table, key, lambda v: isinstance(v, bool), "true or false")
    return value if value is None else bool(value)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(table: Table, key: str) -> float | None:
    """A number; inf and -inf are numbers, nan is refused."""
    value = wanted(table, key, is_number, "a number")
    if value is not None and math.isnan(value):
        fail(table.source, table.at(key), "nan was given, a number is wanted (inf and -inf are numbers)")
    return value if value is None or isinstance(value, int) else float(value)


def count(table: Table, key: str) -> int | None:
    value = wanted(table, key, lambda v: isinstance(v, int) and not isinstance(v, bool) and v >= 0, "a whole number from 0 on")
    return value if value is None else int(value)


def texts(table: Table, key: str) -> tuple[str, ...]:
    """An array of non-empty strings without repetition; () where the key is absent."""
    value = wanted(table, key, lambda v: is_list(v) and all(isinstance(i, str) and i for i in v), "an array of strings")
    repeated = sorted({i for i in value or () if list(value).count(i) > 1})
    if repeated:
        fail(table.source, table.at(key), f"{', '.join(map(shown, repeated))} stands there more than once")
    return tuple(value or ())


def is_list(value: Any) -> bool:
    return isinstance(value, list | tuple)


def table_at(table: Table, key: str) -> Table:
    """The table under a key; an empty one where it is absent."""
    value = wanted(table, key, lambda v: isinstance(v, Mapping), "a table")
    return Table(value or {}, table.at(key), table.source)


def tables_at(table: Table, key: str) -> list[Table]:
    """The tables of `[[key]]`; none where it is absent."""
    header = table.at(key)
    value = wanted(table, key, is_list, f"an array of tables, [[{header}]],")
    for place, item in enumerate(value or ()):
        if not isinstance(item, Mapping):
            fail(table.source, f"{header}[{place}]", f"{said(item)} was given, a table is wanted: [[{header}]]")
    return [Table(item, f"{header}[{place}]", table.source) for place, item in enumerate(value or ())]
