"""Two causes at once: a switch of the trees, and on top of it another switch or a link, where each alone explains a part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from parity.diagnose import links, trees
from parity.diagnose.evidence import MENTIONED, Evidence, Hypothesis, Shares

BOTH_NEEDED = 0.05
"""A pair must explain so much more than either of its parts: a second cause that adds nothing is not one."""

FINE = ("rounded-thresholds",)
"""A switch in a dozen variants: followed up only where it explains a part by itself, so that a diagnosis takes seconds."""

MOST_PARTS = 4
"""Partial explanations that are followed up, the largest first: each costs a simulation per switch."""


def pairs(evidence: Evidence, singles: Mapping[str, Shares]) -> Iterator[Hypothesis]:
    """Pairs worth asking. `singles` maps the name of every hypothesis to what it explained alone, at its best."""
    parts = sorted((n for n, s in singles.items() if _is_part(s)), key=lambda n: -singles[n].explained)[:MOST_PARTS]
    if not parts:
        return
    for switch, turned in trees.switched(evidence):
        if switch.name in FINE and switch.name not in parts:
            continue
        for second in (*links.hypotheses(turned), *trees.hypotheses(turned), *links.multiplied(turned)):
            if second.name in FINE and second.name not in parts:
                continue
            if second.name != switch.name and (switch.name in parts or second.name in parts):
                text = f"{second.evidence}, where the trees run {switch.how}"
                yield replace(second, name=f"{switch.name} + {second.name}", evidence=text)


def _is_part(found: Shares) -> bool:
    """One of two causes explains some rows by itself, and rows that neither touches stay as they are."""
    return found.explained >= MENTIONED and found.broken <= MENTIONED


def both_needed(name: str, found: Shares, singles: Mapping[str, Shares]) -> bool:
    """Does the pair explain clearly more than each of its two causes alone?"""
    alone = [singles[part].explained for part in name.split(" + ") if part in singles]
    return all(found.explained >= share + BOTH_NEEDED for share in alone)
