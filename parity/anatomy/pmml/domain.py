"""What a PMML document declares valid of its numbers: the intervals of its DataFields (PMML 4.4, DataDictionary)."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from parity.anatomy.pmml.xml import children, every

Interval = tuple[float | None, float | None]


def intervals(path: Path) -> dict[str, Interval]:
    """Field to its least and largest valid number, None where that end is open to all; of several intervals the hull.

    Fields whose invalid values are scored as they are (`invalidValueTreatment="asIs"`) declare nothing. Empty where the file is
    no PMML, or cannot be parsed: whoever opens it says so.
    """
    if path.suffix.lower() != ".pmml":
        return {}
    from xml.etree import ElementTree

    try:
        root = ElementTree.parse(path).getroot()
    except (ElementTree.ParseError, OSError):
        return {}
    loose = {f.get("name") for f in every(root, "MiningField") if f.get("invalidValueTreatment") == "asIs"}
    listed = {f.get("name", ""): children(f, "Interval") for f in every(root, "DataField") if f.get("name") not in loose}
    return {name: _hull(found) for name, found in listed.items() if found}


def _hull(found: list[Any]) -> Interval:
    lows, highs = zip(*(_ends(interval) for interval in found), strict=True)
    return (None if None in lows else min(lows)), (None if None in highs else max(highs))


def _ends(interval: Any) -> Interval:
    """Both ends as numbers that are valid themselves: an open end begins at the next double."""
    closure = interval.get("closure", "")
    low, high = (interval.get(f"{side}Margin") for side in ("left", "right"))
    first = None if low is None else float(low) if closure.startswith("closed") else math.nextafter(float(low), math.inf)
    last = None if high is None else float(high) if closure.endswith("Closed") else math.nextafter(float(high), -math.inf)
    return first, last
