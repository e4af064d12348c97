"""What a benchmark hands back: figures with their spread and the least that they have to reach."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal


@dataclass(frozen=True)
class Figure:
    """One number. `low` and `high` are a 95 % bootstrap interval of `value`, or the smallest and largest seen (see `spread`).

    `wanted` is None where the figure only explains another. `repetitions` says what was repeated, in words.
    """

    what: str
    value: float
    unit: str = ""
    low: float | None = None
    high: float | None = None
    spread: Literal["95 % interval", "range", ""] = ""
    at_least: float | None = None
    at_most: float | None = None
    repetitions: str = ""
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """None where nothing is wanted of it."""
        if self.at_least is None and self.at_most is None:
            return None
        return (self.at_least is None or self.value >= self.at_least) and (self.at_most is None or self.value <= self.at_most)


def verdict(figure: Figure) -> str:
    """Whether the value reaches what is wanted, and whether its interval leaves that open; "" where nothing is wanted."""
    if figure.reached is None:
        return ""
    limit = figure.at_least if figure.at_least is not None else figure.at_most
    low, high = figure.low, figure.high
    is_open = (
        figure.spread == "95 % interval" and limit is not None and low is not None and high is not None and low < limit < high
    )
    return ("reached" if figure.reached else "MISSED") + (", but the interval leaves it open" if is_open else "")


@dataclass(frozen=True)
class Result:
    """All figures of one benchmark, how they were taken, and whatever raw numbers somebody may want to look at."""

    name: str
    figures: tuple[Figure, ...]
    method: str
    environment: dict[str, Any] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)


def as_json(result: Result) -> dict[str, Any]:
    """The result as JSON has it, with `reached` beside each figure."""
    document = asdict(result)
    for entry, figure in zip(document["figures"], result.figures, strict=True):
        entry["reached"] = figure.reached
    return document


def method_of(docstring: str | None) -> str:
    """How a benchmark measures: what its docstring says after the first line, as one paragraph."""
    return " ".join((docstring or "").partition("\n\n")[2].split())


def line(figure: Figure) -> str:
    """One figure for people: value, spread, what was wanted, and whether it is reached."""
    text = f"{figure.what}: {number(figure.value)} {figure.unit}".rstrip()
    if figure.low is not None and figure.high is not None:
        text += f" ({number(figure.low)} to {number(figure.high)}, {figure.spread})"
    if figure.reached is not None:
        text += f"; wanted {wanted(figure)}: {verdict(figure)}"
    return text + (f" [{figure.note}]" if figure.note else "")


def wanted(figure: Figure) -> str:
    """What a figure has to reach, in words; "" where nothing is wanted."""
    if figure.at_least is not None:
        return f"at least {number(figure.at_least)}"
    return f"at most {number(figure.at_most)}" if figure.at_most is not None else ""


def number(value: float) -> str:
    """Four significant digits, with thousands apart."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def publish(measure: Callable[[], Result]) -> None:
    """The `main` of a script: measure, print, and write JSON where a path was given."""
    result = measure()
    print(f"== {result.name}")
    for figure in result.figures:
        print("  " + line(figure), flush=True)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(as_json(result), indent=1))
