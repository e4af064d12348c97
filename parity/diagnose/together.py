"""Trees of one shape that differ from the artifact's in several ways at once: all of these put into the reference's trees.

Asked after each of them alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from parity.diagnose.branches import ranked
from parity.diagnose.evidence import Evidence, Hypothesis
from parity.diagnose.leaf_values import other_leaves, turned
from parity.diagnose.splits import Differing, differing


def hypotheses(evidence: Evidence) -> Iterator[Hypothesis]:
    """One, where two or three of missing directions, thresholds and leaves are others in the artifact."""
    found = differing(evidence)
    if found is None or found.ours.leaf.shape[1] != found.theirs.leaf.shape[1]:
        return
    if ranked(found.ours).depths != ranked(found.theirs).depths:
        return
    leaves = other_leaves(found.ours, found.theirs)
    parts = [*_splits(found), *([] if leaves is None else [(leaves.name, leaves.text)])]
    if len(parts) < 2:
        return
    trees = found.ours if leaves is None else leaves.trees
    trees = replace(trees, nan_left=found.nan_left, threshold=found.threshold, precision=found.theirs.precision)
    names, texts = zip(*parts, strict=True)
    text = f"{'; '.join(texts)}: with all of that the reference's trees answer what the runtime answers"
    yield Hypothesis(" + ".join(names), turned(evidence, trees).ask_reference, evidence.ask_runtime, text)


def _splits(found: Differing) -> Iterator[tuple[str, str]]:
    if found.turned:
        yield found.direction, found.told[0]
    if found.moved:
        yield found.thresholds, found.told[1]
