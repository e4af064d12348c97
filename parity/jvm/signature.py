"""Signatures as the Java side writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parity.values.signature import InputSpec, OutputKind, OutputSpec, Signature


def read_signature(document: Mapping[str, Any]) -> Signature:
    """The value of a signature's JSON."""
    return Signature(
        inputs=tuple(_input(entry) for entry in document["inputs"]),
        outputs=tuple(_output(entry) for entry in document["outputs"]),
        facts=tuple((str(key), str(value)) for key, value in document.get("facts", {}).items()),
    )


def _input(entry: Mapping[str, Any]) -> InputSpec:
    categories, shape = entry.get("categories"), entry.get("shape")
    return InputSpec(
        entry["name"],
        entry["type"],
        entry["width"],
        None if categories is None else tuple(categories),
        None if shape is None else tuple(shape),
    )


def _output(entry: Mapping[str, Any]) -> OutputSpec:
    kind, classes = entry.get("kind"), entry.get("classes")
    return OutputSpec(
        name=entry["name"],
        type=entry["type"],
        kind=None if kind is None else OutputKind(kind),
        width=entry.get("width"),
        classes=None if classes is None else tuple(classes),
    )
