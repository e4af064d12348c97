"""A PFA document as trees or a linear model, as Hadrian scores it."""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from parity.anatomy.fields import NotUnderstoodError, coding_of, prefix_of
from parity.anatomy.flat import Style, concatenate
from parity.anatomy.grown import common, flat_tree
from parity.anatomy.part import Part, unread
from parity.anatomy.pfa.data import Types
from parity.anatomy.pfa.expressions import Interpreter
from parity.anatomy.pfa.features import Features, input_of
from parity.anatomy.pfa.grow import grown
from parity.anatomy.pfa.outcome import Outcome, outcome_of
from parity.anatomy.pfa.values import Choice
from parity.values.anatomy import Floats, Linear, Prefix

_KEYS = ("input", "output", "action")
_HEAD = 1 << 20


@dataclass(frozen=True)
class Read:
    """What stands in front of the trees or coefficients, and the columns that the document puts a value in."""

    part: Part
    prefix: Prefix | None
    imputed: frozenset[int]


def recognises(path: Path) -> bool:
    """Whether a file is JSON with the fields that every document has, in its first megabyte at the latest."""
    if path.suffix.lower() == ".pfa":
        return True
    with path.open("rb") as file:
        head = file.read(_HEAD)
    return head.lstrip()[:1] == b"{" and all(f'"{key}"'.encode() in head for key in _KEYS) and b'"learner"' not in head


def read(path: Path, columns: Sequence[str], fed: Mapping[str, Sequence[str]] | None) -> Read:
    """The structure in terms of the user's columns; where it was not read, the part says why."""
    document = json.loads(path.read_bytes())
    if not isinstance(document, dict) or not all(key in document for key in _KEYS):
        return Read(unread(len(columns), "a PFA document without input, output and action"), None, frozenset())
    try:
        return _read(document, columns, fed or {})
    except NotUnderstoodError as reason:
        return Read(unread(len(columns), str(reason)), None, frozenset())


def _read(document: Mapping[str, Any], columns: Sequence[str], fed: Mapping[str, Sequence[str]]) -> Read:
    if document.get("method", "map") != "map":
        raise NotUnderstoodError(f"a PFA document of the method {document['method']}")
    types = Types(document)
    given, features = input_of(types, document["input"], columns, fed)
    answer = Interpreter(document, types, features).run(document["action"], ChainMap({"input": given}))
    found = outcome_of(answer)
    part = _trees(found, features) if found.has_trees else _linear(found, features)
    own = [None if f is None or (f.codes is None and f.precision == "float64") else f for f in features.own]
    plain = not features.made and not any(own)
    return Read(part, None if plain else prefix_of(features.own, features.made, "PFA expressions"), frozenset(features.imputed))


def _part(features: Features, notes: tuple[str, ...], **read: Any) -> Part:
    coding = coding_of([*features.own, *features.made])
    width = len(features.columns) + len(features.made)
    learned = tuple(i in features.learned for i in range(width))
    return Part(
        width,
        coding=coding if any(known is not None for known in coding) else (),
        knots=tuple(dict.fromkeys(features.knots)),
        learned_missing=learned if any(learned) else (),
        unread=notes,
        **read,
    )


def _linear(found: Outcome, features: Features) -> Part:
    terms = [[(features.place(n.field), factor) for n, factor in output.terms] for output in found.sums]
    weights = np.zeros((len(terms), len(features.columns) + len(features.made)))
    for row, placed in zip(weights, terms, strict=True):
        for place, factor in placed:
            row[place] += factor
    linear = Linear(weights, np.array([output.base for output in found.sums]), found.link)
    return _part(features, found.notes, linear=linear)


def _trees(found: Outcome, features: Features) -> Part:
    if any(output.terms for output in found.sums):
        raise NotUnderstoodError("a PFA sum of trees and of numbers")
    used: dict[int, Choice] = {}
    for choice in _in_turn([[c for c, _, _ in output.choices] for output in found.sums]):
        used.setdefault(id(choice), choice)
    factors = {factor for output in found.sums for _, _, factor in output.choices}
    scale = factors.pop() if len(factors) == 1 else 1.0
    adds: dict[int, list[tuple[int, Any, float]]] = {key: [] for key in used}
    for k, output in enumerate(found.sums):
        for choice, component, factor in output.choices:
            adds[id(choice)].append((k, component, factor / scale))
    trees = [grown(choice, adds[key], len(found.sums), features) for key, choice in used.items()]
    rule, precision, thresholds = common(trees, features.known())
    style = Style(rule, precision, "float64", scale=scale, link=found.link)
    flat = [flat_tree(g, t) for g, t in zip(trees, thresholds, strict=True)]
    base: Floats = np.array([output.base for output in found.sums])
    return _part(features, found.notes, trees=concatenate(flat, style, base))


def _in_turn(columns: Sequence[Sequence[Choice]]) -> list[Choice]:
    """Trees of several outputs by rounds, as boosters number them; one output after the other where rounds do not match."""
    if len({len(c) for c in columns}) == 1:
        return [choice for together in zip(*columns, strict=True) for choice in together]
    return [choice for column in columns for choice in column]
