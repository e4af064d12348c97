"""Lines of a report: plain text and a style, coloured by whoever prints them; numbers and cells as people read them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from parity.minimise.simpler import number_text
from parity.numeric.tensors import flat, shape_of
from parity.replay.rows import cell_bits, short_hex
from parity.values.columns import ColumnType

WIDTH = 100
PLAIN, TITLE, GOOD, BAD, WARN, DIM = "plain", "title", "good", "bad", "warn", "dim"
STYLES = (PLAIN, TITLE, GOOD, BAD, WARN, DIM)

ENOUGH_DIGITS = 6
"""A decimal of more digits is not the whole story: one float step away stands another that looks as good."""

MOST_PLACES = 3
"""Values of a tensor that a line has room for."""

EVERY_DIGIT = 17
"""As many tell any two doubles apart; Python's repr does it with the fewest."""

USUAL_NAN = {"7ff8000000000000", "7fc00000"}


@dataclass(frozen=True)
class Line:
    """`text` is at most 100 columns, without colour codes or line ends; `style` is one of STYLES."""

    text: str
    style: str = PLAIN

    def __str__(self) -> str:
        return self.text


def fit(text: str, width: int = WIDTH) -> str:
    """One line of at most `width` characters, the end cut where it is too long."""
    line = printable(text)
    return line if len(line) <= width else line[: width - 1] + "…"


def wrapped(text: str, width: int, lines: int) -> list[str]:
    """At most `lines` lines of `width` characters, cut at words."""
    return [fit(line, width) for line in textwrap.wrap(one_line(text), width, max_lines=lines, placeholder=" …")]


def one_line(text: str) -> str:
    """A message of several lines as one."""
    return printable(" ".join(text.split()))


def printable(text: str) -> str:
    """What a terminal would not show, or would obey, is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


def size(number: float) -> str:
    """A drift or a tolerance: two digits are enough."""
    return "-" if math.isnan(number) else f"{number:.2g}"


def count(number: int, word: str) -> str:
    """1 row, 10,000 rows."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def cell(values: pa.Array, places: Sequence[int] | None = None) -> str:
    """An array of one cell: the shortest decimal, with the hex float or the bits beside it where it does not tell all.

    Of a tensor its shape, how many of its values differ from the typical one's (at `places`, in C order), and the first of them.
    """
    if values.null_count:
        return "missing"
    if shape := shape_of(values.type):
        return _tensor(values, shape, places)
    value = values[0].as_py()
    if isinstance(value, float):
        return _float_cell(values, value)
    if isinstance(value, str):
        return quoted(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _tensor(values: pa.Array, shape: tuple[int, ...], places: Sequence[int] | None) -> str:
    size = math.prod(shape)
    told = f"tensor {list(shape)}"
    if places is not None:
        told += f", {len(places):,} of {size:,} values off typical" if len(places) < size or size > MOST_PLACES else ""
    chosen = list(places or range(size))[:MOST_PLACES]
    inner = flat(values)
    shown = [f"[{','.join(map(str, np.unravel_index(at, shape)))}] {cell(inner[at : at + 1])}" for at in chosen]
    return f"{told}: {', '.join(shown)}" + (", …" if len(places or range(size)) > len(chosen) else "")


def _float_cell(values: pa.Array, value: float) -> str:
    if math.isnan(value):
        bits = cell_bits(values)
        return "NaN" if bits in USUAL_NAN else f"NaN (bits {bits})"
    text = number_text(value, ColumnType.FLOAT32 if pa.types.is_float32(values.type) else ColumnType.FLOAT64)
    digits = text.lstrip("-").partition("e")[0].replace(".", "").strip("0")
    return f"{text} ({short_hex(value)})" if math.isfinite(value) and len(digits) > ENOUGH_DIGITS else text


def quoted(text: str) -> str:
    """Text in quotes, with everything that cannot be seen escaped; long text keeps both ends."""
    shown = text if len(text) <= 48 else f"{text[:28]}…{text[-16:]}"
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{printable(escaped)}"' + (f" ({len(text):,} characters)" if shown != text else "")


def score(value: Any, digits: int = ENOUGH_DIGITS) -> str:
    """One score: a number in so many digits, a label in quotes where it is text, "missing" for none."""
    if value is None:
        return "missing"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool | np.bool_):
        return str(value).lower()
    if isinstance(value, float) and not math.isnan(value):
        return f"{value:.{digits}g}" if digits < EVERY_DIGIT else repr(value).removesuffix(".0")
    return "NaN" if value != value else str(value)
