"""Both outcomes of one row, side by side: the output in question, with as many digits as tell them apart."""

from __future__ import annotations

import math
from typing import Any

from parity.report.lines import ENOUGH_DIGITS, EVERY_DIGIT, one_line, score
from parity.values.finding import Finding

MOST_SHOWN = 6
Values = list[Any]


def outcome_texts(finding: Finding) -> tuple[str, str]:
    """What the reference and what the runtime gave, each as one text."""
    reference, runtime = finding.seen.reference, finding.seen.runtime
    if isinstance(reference, str) or isinstance(runtime, str):
        return _one_side(reference, finding.output), _one_side(runtime, finding.output)
    name, other = matched_names(finding)
    if name not in reference or other not in runtime:
        return _one_side(reference, finding.output), _one_side(runtime, finding.output)
    ours, theirs = _side_by_side(reference[name], runtime[other])
    return f"{name} {ours}", f"{other} {theirs}"


def matched_names(finding: Finding) -> tuple[str, str]:
    """The output in question as each side calls it; "" where a side has none."""
    reference, runtime = finding.seen.reference, finding.seen.runtime
    if isinstance(reference, str) or isinstance(runtime, str):
        return "", ""
    name, other = finding.output, finding.runtime_output or finding.output
    return name if name in reference else "", other if other in runtime else ""


def distance(ours: Values, theirs: Values) -> float:
    """The largest difference between numbers at equal places; 0 where there is none to compare.

    A single number for two classes is that of the second (`compare.matching.columns_of`).
    """
    if {len(ours), len(theirs)} == {1, 2}:
        ours, theirs = ours[-1:], theirs[-1:]
    gaps = [abs(a - b) for a, b in zip(ours, theirs, strict=False) if _is_number(a) and _is_number(b)]
    return max((g for g in gaps if not math.isnan(g)), default=0.0)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _one_side(seen: dict[str, Values] | str, output: str) -> str:
    """The output in question, or the first one where it is not there; a refusal's own words."""
    if isinstance(seen, str):
        return one_line(seen)
    name = output if output in seen else next(iter(seen), "")
    if name not in seen:
        return "no output"
    shown = ", ".join(score(v) for v in seen[name][:MOST_SHOWN])
    return f"{name} [{shown}{', …' if len(seen[name]) > MOST_SHOWN else ''}]"


def _side_by_side(ours: Values, theirs: Values) -> tuple[str, str]:
    if len(ours) != len(theirs):
        return _listed(ours, range(min(len(ours), MOST_SHOWN))), _listed(theirs, range(min(len(theirs), MOST_SHOWN)))
    places = _most_different(ours, theirs)
    digits = _telling_digits(ours, theirs)
    return _listed(ours, places, digits), _listed(theirs, places, digits)


def _most_different(ours: Values, theirs: Values) -> range | list[int]:
    """All places, or the few that differ most where there are many."""
    if len(ours) <= MOST_SHOWN:
        return range(len(ours))
    order = sorted(range(len(ours)), key=lambda i: (ours[i] == theirs[i], -distance(ours[i : i + 1], theirs[i : i + 1])))
    return sorted(order[: MOST_SHOWN - 2])


def _telling_digits(ours: Values, theirs: Values) -> int:
    """The fewest significant digits, from 6 on, with which all numbers that differ look different."""
    pairs = [(a, b) for a, b in zip(ours, theirs, strict=True) if isinstance(a, float) and isinstance(b, float) and a != b]
    return next((d for d in range(ENOUGH_DIGITS, EVERY_DIGIT) if all(score(a, d) != score(b, d) for a, b in pairs)), EVERY_DIGIT)


def _listed(values: Values, places: range | list[int], digits: int = ENOUGH_DIGITS) -> str:
    if len(places) == len(values):
        return "[" + ", ".join(score(v, digits) for v in values) + "]"
    shown = ", ".join(f"#{i}: {score(values[i], digits)}" for i in places)
    return f"[{shown}, … of {len(values):,} values]"
