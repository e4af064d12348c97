"""A PFA document as trees or a linear model, as Hadrian scores it."""

from __future__ import annotations

import json
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from parity.anatomy.fields import NotUnderstoodError, coding_of, prefix_of
from parity.anatomy.flat import Style, concatenate
from parity.anatomy.flow import Jumps
from parity.anatomy.grown import common, flat_tree
from parity.anatomy.part import Part, unread
from parity.anatomy.pfa.data import Types
from parity.anatomy.pfa.expressions import Interpreter
from parity.anatomy.pfa.features import Features, input_of, number
from parity.anatomy.pfa.grow import grown
from parity.anatomy.pfa.outcome import Outcome, outcome_of
from parity.anatomy.pfa.shapes import by_key
from parity.anatomy.pfa.values import Choice, Number, Sum
from parity.values.anatomy import Floats, Linear, Prefix

_KEYS = ("input", "output", "action")
_HEAD = 1 << 20


@dataclass(frozen=True)
class Read:
    """What stands in front of the trees or coefficients, the columns that the document puts a value in, and where it jumps."""

    part: Part
    prefix: Prefix | None = None
    imputed: frozenset[int] = frozenset()
    jumps: tuple[Jumps, ...] = ()


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
        return Read(unread(len(columns), "a PFA document without input, output and action"))
    try:
        return _read(document, columns, fed or {})
    except NotUnderstoodError as reason:
        return Read(unread(len(columns), str(reason)))
    except RecursionError:
        return Read(unread(len(columns), "a PFA document whose expressions stand too deep inside each other"))


def _read(document: Mapping[str, Any], columns: Sequence[str], fed: Mapping[str, Sequence[str]]) -> Read:
    if document.get("method", "map") != "map":
        raise NotUnderstoodError(f"a PFA document of the method {document['method']}")
    types = Types(document)
    given, features = input_of(types, document["input"], columns, fed)
    answer = Interpreter(document, types, features).run(document["action"], ChainMap({"input": given}))
    answer = by_key(answer) if _is_map(document["output"]) else answer
    found = _one_kind(outcome_of(answer), features)
    part, kept = _trees(found, features) if found.has_trees else _linear(found, features)
    plain = kept == list(range(len(columns))) and not any(
        f and (f.codes is not None or f.precision != "float64") for f in features.own
    )
    prefix = None if plain else prefix_of(features.own, features.made, "PFA expressions", kept)
    return Read(part, prefix, frozenset(features.imputed), _jumps(features))


def _one_kind(found: Outcome, features: Features) -> Outcome:
    """Steps that are added to numbers are features themselves."""
    if not (found.has_trees and any(output.terms for output in found.sums)):
        return found
    if any(component is not None for output in found.sums for _, component, _ in output.choices):
        raise NotUnderstoodError("a PFA sum of numbers and of trees that end in several")
    steps: dict[int, Number] = {}
    for choice in (c for output in found.sums for c, _, _ in output.choices):
        steps[id(choice)] = steps.get(id(choice)) or number(choice, features)
    sums = (Sum(o.base, (), (*o.terms, *((steps[id(c)], f) for c, _, f in o.choices))) for o in found.sums)
    return replace(found, sums=tuple(sums))


def _jumps(features: Features) -> tuple[Jumps, ...]:
    """Where features that are choices jump, along the columns that they ask about."""
    if not features.knots:
        return ()
    found = sorted(dict.fromkeys(features.knots))
    place = np.array([column for column, _, _ in found], np.int32)
    value, strict = np.array([t for _, t, _ in found]), np.array([s for _, _, s in found], bool)
    evaluate = prefix_of(features.own, (), "PFA columns").transform
    return (Jumps(evaluate, place, place, np.ones(len(found), np.int32), value, strict),)


def _is_map(output: Any) -> bool:
    return isinstance(output, dict) and output.get("type") == "map"


def _part(features: Features, kept: Sequence[int], notes: tuple[str, ...], **read: Any) -> Part:
    every = [*features.own, *features.made]
    coding = coding_of([every[i] for i in kept])
    learned = tuple(i in features.learned for i in kept)
    return Part(
        len(kept),
        coding=coding if any(known is not None for known in coding) else (),
        learned_missing=learned if any(learned) else (),
        unread=notes,
        **read,
    )


def _linear(found: Outcome, features: Features) -> tuple[Part, list[int]]:
    """In the features that have a coefficient: the others may be missing."""
    terms = [[(features.place(n.field), factor) for n, factor in output.terms] for output in found.sums]
    kept = list(dict.fromkeys(place for placed in terms for place, _ in placed))
    at = {place: i for i, place in enumerate(kept)}
    weights = np.zeros((len(terms), len(kept)))
    for row, placed in zip(weights, terms, strict=True):
        for place, factor in placed:
            row[at[place]] += factor
    linear = Linear(weights, np.array([output.base for output in found.sums]), found.link)
    return _part(features, kept, found.notes, linear=linear), kept


def _trees(found: Outcome, features: Features) -> tuple[Part, list[int]]:
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
    kept = list(range(len(features.columns) + len(features.made)))
    return _part(features, kept, found.notes, trees=concatenate(flat, style, base)), kept


def _in_turn(columns: Sequence[Sequence[Choice]]) -> list[Choice]:
    """Trees of several outputs by rounds, as boosters number them; one output after the other where rounds do not match."""
    if len({len(c) for c in columns}) == 1:
        return [choice for together in zip(*columns, strict=True) for choice in together]
    return [choice for column in columns for choice in column]
