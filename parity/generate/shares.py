"""How the rows of phase `boundary` are shared: no part starves another, and all together never exceed the budget."""

from __future__ import annotations

from collections.abc import Mapping

from parity.generate.subject import Subject
from parity.values.plan import Budget

CUTS = "edges of cuts"
PORTION = {"missing values at splits": 1 / 5, "categories at splits": 1 / 5, "borders of regions": 1 / 10}
"""What each other part is sure of, as far as it wants it. Cuts are sure of the rest; what they leave is shared in this order."""
MISSING, CATEGORIES, REGIONS = PORTION


def search_rows(subject: Subject, budget: Budget) -> int:
    """Rows of the search for the worst drift where there are no cuts: at least half of the phase's, all where nothing else is."""
    alone = not subject.reference.regions and all(
        a.trees is None or a.trees.sets is None for a in (subject.reference, subject.artifact)
    )
    return min(budget.search_rows, budget.boundary_rows if alone else max(1, budget.boundary_rows // 2))


def shared(total: int, wanted: Mapping[str, int]) -> dict[str, int]:
    """Rows of each part, none more than it wants; `wanted` has CUTS and each key of PORTION."""
    found = {part: min(wanted[part], int(total * portion)) for part, portion in PORTION.items()}
    found[CUTS] = min(wanted[CUTS], total - sum(found.values()))
    for part in PORTION:
        found[part] += min(wanted[part] - found[part], total - sum(found.values()))
    return found


def told(total: int, shares: Mapping[str, int], needed: Mapping[str, int]) -> str:
    """What the budget cut, in words; "" where nothing was."""
    cut = {part: rows for part, rows in needed.items() if shares[part] < rows}
    if not cut:
        return ""
    made = sum(min(shares[part], rows) for part, rows in needed.items())
    parts = ", ".join(f"{part} {shares[part]:,} of {rows:,}" for part, rows in cut.items())
    return f"boundary: {made:,} of {sum(needed.values()):,} rows within a budget of {total:,} (--parity-rows): {parts}"
