"""From what the readers found in terms of features to an `Anatomy` in terms of the user's columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from parity.anatomy.carry import Feed
from parity.anatomy.coding import coded_prefix, known_codes, own_numbers
from parity.anatomy.cuts import no_cuts, of_jumps, of_splits, together
from parity.anatomy.feed import feed_for
from parity.anatomy.flow import Jumps
from parity.anatomy.part import Part, Range, unread
from parity.anatomy.sound import contradiction
from parity.anatomy.splits import splits_of
from parity.anatomy.traverse import as_floats
from parity.values.anatomy import Anatomy, Cuts, Prefix

# A range of thresholds says where the model looks, not where data ends: a tenth of it more on each side.
WIDENED = 0.1


def reordered(part: Part, columns: Sequence[str]) -> Prefix | None:
    """A model that names its features takes the user's columns by name, where they are the same in another order."""
    names = part.names
    turned = names is not None and list(names) != list(columns) and sorted(names) == sorted(columns)
    if not turned and all(map(own_numbers, part.coding)):
        return None
    origin = np.array([list(columns).index(n) for n in names] if turned and names else range(len(columns)), np.int32)
    if part.coding:
        return coded_prefix(tuple(None if own_numbers(known) else known for known in part.coding), origin)
    return chosen(origin)


def chosen(origin: npt.NDArray[np.int32]) -> Prefix:
    """Feature j is column `origin[j]` itself."""
    ones = np.ones(len(origin), np.int32)
    return Prefix(lambda frame: as_floats(frame)[:, origin], origin, ones, unchanged=ones.astype(bool))


def assemble(
    part: Part,
    columns: Sequence[str],
    prefix: Prefix | None,
    jumps: Sequence[Jumps] = (),
    ranges: Mapping[int, Range] | None = None,
    categories: Mapping[int, tuple[Any, ...]] | None = None,
    imputed: frozenset[int] = frozenset(),
    notes: tuple[str, ...] = (),
    named: bool = False,
    words: Mapping[int, tuple[str, ...]] | None = None,
) -> Anatomy:
    """`named`: the model takes a frame with these columns. The rest as in `pipelines.Front`, by the user's columns."""
    part = _checked(part)
    known, learned, texts = dict(ranges or {}), dict(categories or {}), dict(words or {})
    learned.update({c: v for c, v in known_codes(part, prefix).items() if c not in learned})
    bare = Anatomy(tuple(columns), part.trees, part.linear, prefix=prefix)
    cuts, lost = _cuts(
        bare, (*jumps, *_own_jumps(part, prefix)), feed_for(columns, _filler(len(columns), known, {**learned, **texts}), named)
    )
    _add_ranges(known, part, prefix, cuts)
    return Anatomy(
        columns=tuple(columns),
        trees=part.trees,
        whole=part.whole,
        linear=part.linear,
        smooth=part.smooth,
        prefix=prefix,
        cuts=cuts,
        categories=tuple(learned.get(i) for i in range(len(columns))),
        learned_missing=_learned_missing(part, prefix, imputed, len(columns)),
        imputed=tuple(c in imputed for c in range(len(columns))),
        ranges=tuple(known.get(i) for i in range(len(columns))),
        unread=(*notes, *part.unread, *lost),
        coding=_coding(part, prefix, len(columns)),
        vocabulary=tuple(texts.get(i) for i in range(len(columns))) if texts else (),
    )


def _coding(part: Part, prefix: Prefix | None, columns: int) -> tuple[tuple[Any, ...] | None, ...]:
    """`Part.coding` by the user's columns."""
    found: dict[int, tuple[Any, ...]] = {}
    for feature, known in enumerate(part.coding):
        column = feature if prefix is None else int(prefix.origin[feature])
        if known is not None and column >= 0:
            found[column] = tuple(known)
    return tuple(found.get(c) for c in range(columns)) if found else ()


def _checked(part: Part) -> Part:
    """Trees that contradict themselves are not read: what walks them relies on it."""
    wrong = "" if part.trees is None else contradiction(part.trees, part.features)
    return unread(part.features, wrong) if wrong else part


def _own_jumps(part: Part, prefix: Prefix | None) -> tuple[Jumps, ...]:
    """The knots of the last step, along the features that follow one column."""
    if not part.knots:
        return ()
    feature = np.array([k[0] for k in part.knots], np.int32)
    value, strict = np.array([k[1] for k in part.knots]), np.array([k[2] for k in part.knots], bool)
    column = feature if prefix is None else prefix.origin[feature]
    direction = np.ones(len(feature), np.int32) if prefix is None else prefix.direction[feature]
    known = column >= 0
    evaluate = as_floats if prefix is None else prefix.transform
    return (Jumps(evaluate, feature[known], column[known], direction[known], value[known], strict[known]),)


def _filler(columns: int, ranges: Mapping[int, Range], categories: Mapping[int, tuple[Any, ...]]) -> dict[int, Any]:
    """Something harmless for each column: its first category, or the middle of its range."""
    filler: dict[int, Any] = {i: (low + high) / 2 for i, (low, high) in ranges.items()}
    for i, known in categories.items():
        plain = [c for c in known if c is not None and c == c]
        filler[i] = plain[0] if plain else 0.0
    return {i: v for i, v in filler.items() if i < columns}


def _cuts(anatomy: Anatomy, jumps: Sequence[Jumps], feed: Feed) -> tuple[Cuts, tuple[str, ...]]:
    width = len(anatomy.columns)
    try:
        splits = splits_of(anatomy, feed)
        parts = [of_splits(splits)] if splits is not None else []
        parts += [of_jumps(j, feed, width) for j in jumps]
    except Exception as error:  # noqa: BLE001 - the user's own steps are called here, and may raise anything
        return no_cuts(), (f"cuts behind the pipeline's steps ({type(error).__name__}: {str(error)[:160]})",)
    return (together(parts) if parts else no_cuts()), ()


def _add_ranges(known: dict[int, Range], part: Part, prefix: Prefix | None, cuts: Cuts) -> None:
    for feature, span in enumerate(part.ranges):
        column = _column_of(prefix, feature)
        if span is not None and column >= 0:
            known.setdefault(column, span)
    for column in np.unique(cuts.column):
        places = cuts.threshold[cuts.column == column]
        low, high = float(places.min()), float(places.max())
        more = WIDENED * (high - low) or max(abs(low), 1.0)
        known.setdefault(int(column), (low - more, high + more))


def _column_of(prefix: Prefix | None, feature: int) -> int:
    """The column whose own value the feature is, -1 where it is not."""
    if prefix is None:
        return feature
    same = prefix.unchanged is not None and bool(prefix.unchanged[feature])
    return int(prefix.origin[feature]) if same else -1


def _learned_missing(part: Part, prefix: Prefix | None, imputed: frozenset[int], columns: int) -> tuple[bool, ...]:
    found = np.zeros(columns, bool)
    for feature in np.flatnonzero(part.learned_missing):
        column = int(feature) if prefix is None else int(prefix.origin[feature])
        found[column] |= column >= 0
    found[list(imputed)] = True
    return tuple(bool(f) for f in found)
