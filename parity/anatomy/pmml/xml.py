"""Elements of an XML document without their name spaces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def local(element: Any) -> str:
    """An element's name; "" for comments."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def children(element: Any, name: str) -> list[Any]:
    """The direct children of that name."""
    return [c for c in element if local(c) == name]


def child(element: Any, name: str) -> Any:
    """The first direct child of that name, None where there is none."""
    return next(iter(children(element, name)), None)


def every(element: Any, name: str) -> Iterator[Any]:
    """All elements of that name below an element, and itself."""
    return (e for e in element.iter() if local(e) == name)
