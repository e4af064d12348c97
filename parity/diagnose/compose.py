"""Causes at once: a switch of the trees, and on top of it another switch or a link, where each alone explains a part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from parity.diagnose import factors, links, trees
from parity.diagnose.evidence import MENTIONED, Evidence, Hypothesis, Shares

BOTH_NEEDED = 0.05
"""A pair must explain so much more than either of its parts: a second cause that adds nothing is not one."""

FEW_LEFT = 2
"""Or all but half of what a part leaves, and so many rows at least: beside 97 % that one cause explains, the rest has one too."""

FINE = ("rounded-thresholds",)
"""A switch in a dozen variants: followed up only where it explains a part by itself, so that a diagnosis takes seconds."""

MOST_PARTS = 4
"""Partial explanations that are followed up, the largest first: each costs a simulation per switch."""


def pairs(evidence: Evidence, singles: Mapping[str, Shares], confirmed: Sequence[str] = ()) -> Iterator[Hypothesis]:
    """Pairs worth asking. `singles` maps the name of every hypothesis to what it explained alone, at its best.

    `confirmed` are causes of other rows of the run: a wrong link, which every row shows, explains none that another leaf adds to.
    """
    partial = sorted((n for n, s in singles.items() if _is_part(s)), key=lambda n: -singles[n].explained)[:MOST_PARTS]
    parts = dict.fromkeys((*confirmed, *partial))
    if not parts:
        return
    for switch, turned in trees.switched(evidence):
        if switch.name in FINE and switch.name not in parts:
            continue
        for second in (*links.hypotheses(turned), *trees.hypotheses(turned), *factors.multiplied(turned)):
            if second.name in FINE and second.name not in parts:
                continue
            if second.name != switch.name and (switch.name in parts or second.name in parts):
                text = f"{second.evidence}, where the trees run {switch.how}"
                yield replace(second, name=f"{switch.name} + {second.name}", evidence=text)


ALMOST = 0.9
"""What a pair must explain for a third cause to be looked for."""


def thirds(evidence: Evidence, name: str) -> Iterator[Hypothesis]:
    """The pair of that name with one more switch of the trees in front."""
    first, second = name.split(" + ")
    for switch, turned in trees.switched(evidence):
        if switch.name in (*FINE, first, second):
            continue
        for other, both in trees.switched(turned):
            if other.name == first:
                how = f"{other.how} and {switch.how}"
                for third in (*links.hypotheses(both), *trees.hypotheses(both), *factors.multiplied(both)):
                    if third.name == second:
                        text = f"{third.evidence}, where the trees run {how}"
                        yield replace(third, name=f"{switch.name} + {name}", evidence=text)


def _is_part(found: Shares) -> bool:
    """One of two causes explains some rows by itself, and rows that neither touches stay as they are."""
    return found.explained >= MENTIONED and found.broken <= MENTIONED


def both_needed(name: str, found: Shares, singles: Mapping[str, Shares], rows: int) -> bool:
    """Does the pair explain clearly more of the drifting `rows` than each of its two causes alone?"""
    alone = [singles[part].explained for part in name.split(" + ") if part in singles]
    return all(adds(found.explained, share, rows) for share in alone)


def adds(both: float, one: float, rows: int) -> bool:
    return both >= one + BOTH_NEEDED or (both - one >= (1 - one) / 2 and round((both - one) * rows) >= FEW_LEFT)
