"""Avro types of a PFA document, and constants of those types as its JSON writes them (PFA 0.8.1, sections 2.2 and 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from parity.anatomy.fields import NotUnderstoodError

NUMBERS = ("int", "long", "float", "double")
_SIMPLE = ("null", "boolean", *NUMBERS, "bytes", "string")
_NAMED = ("record", "enum", "fixed")
_COMPOUND = (*_NAMED, "array", "map")


class Types:
    """The named types of a document: one is declared where it is used first, anywhere, and then goes by its name."""

    def __init__(self, document: Any) -> None:
        self._named: dict[str, Any] = {}
        todo = [document]
        while todo:
            found = todo.pop()
            if isinstance(found, dict):
                if found.get("type") in _NAMED and isinstance(found.get("name"), str):
                    self._named.setdefault(found["name"], found)
                    self._named.setdefault(f"{found.get('namespace', '')}.{found['name']}", found)
                todo += [value for key, value in found.items() if key != "init"]
            elif isinstance(found, list):
                todo += found

    def of(self, given: Any) -> Any:
        """A type with its name resolved: a simple type's name, a list (a union), or an object."""
        for _ in range(20):
            if isinstance(given, str) and given not in _SIMPLE:
                given = self._declared(given)
            elif isinstance(given, dict) and not (isinstance(given.get("type"), str) and given["type"] in _COMPOUND):
                given = given.get("type")  # {"type": "double"}, or a name in an object of its own
            else:
                return given
        raise NotUnderstoodError("a PFA type that is its own name")

    def _declared(self, name: str) -> Any:
        found = self._named.get(name, self._named.get(name.rpartition(".")[2]))
        if found is None:
            raise NotUnderstoodError(f"the PFA type {name!r}, which is nowhere declared")
        return found

    def kind(self, given: Any) -> str:
        """ "double", "record", "array", "union" and so on."""
        found = self.of(given)
        return "union" if isinstance(found, list) else str(found["type"] if isinstance(found, dict) else found)

    def fields(self, record: Any) -> Mapping[str, Any]:
        """Names of a record's fields to their types."""
        return {field["name"]: field["type"] for field in self.of(record)["fields"]}

    def nullable(self, given: Any) -> tuple[Any, bool]:
        """What a value is that is not null, and whether it may be null. NotUnderstoodError for other unions."""
        found = self.of(given)
        if not isinstance(found, list):
            return found, False
        others = [self.of(one) for one in found if self.of(one) != "null"]
        if len(others) != 1:
            raise NotUnderstoodError(f"a PFA input of type {found}")
        return others[0], len(others) < len(found)


@dataclass(frozen=True, eq=False)
class Datum:
    """A constant: JSON, its type, and the document's types."""

    value: Any
    type: Any
    types: Types

    def resolved(self) -> Datum:
        """Itself, or, where the type is a union, the value in its own type."""
        found = self.types.of(self.type)
        if not isinstance(found, list):
            return Datum(self.value, found, self.types)
        if self.value is None:
            return Datum(None, "null", self.types)
        if isinstance(self.value, dict) and len(self.value) == 1:
            ((name, inner),) = self.value.items()
            for branch in found:
                if name in self._names(branch):
                    return Datum(inner, branch, self.types).resolved()
        raise NotUnderstoodError(f"a PFA constant of a union that does not say which of its types it has: {str(self.value)[:60]}")

    def _names(self, branch: Any) -> tuple[str, ...]:
        found = self.types.of(branch)
        if isinstance(found, dict) and "name" in found:
            return (found["name"], f"{found.get('namespace', '')}.{found['name']}")
        return (self.types.kind(found),)

    @property
    def kind(self) -> str:
        return self.types.kind(self.type)

    def at(self, key: Any) -> Datum:
        """A record's field, a map's value or an array's item, resolved."""
        found = self.resolved()
        kind = found.kind
        if kind == "record" and isinstance(found.value, dict) and key in found.value:
            return Datum(found.value[key], self.types.fields(found.type)[key], self.types).resolved()
        if kind == "map" and isinstance(found.value, dict) and key in found.value:
            return Datum(found.value[key], found.type["values"], self.types).resolved()
        if kind == "array" and isinstance(found.value, list) and isinstance(key, int) and 0 <= key < len(found.value):
            return Datum(found.value[key], found.type["items"], self.types).resolved()
        raise NotUnderstoodError(f"a PFA constant of type {kind} without {key!r}")

    def items(self) -> Iterator[Datum]:
        """An array's items."""
        found = self.resolved()
        if found.kind != "array" or not isinstance(found.value, list):
            raise NotUnderstoodError(f"a PFA constant of type {found.kind} where an array is wanted")
        return (Datum(item, found.type["items"], self.types).resolved() for item in found.value)

    def names(self) -> Sequence[str]:
        """Names of a record's fields, or keys of a map."""
        found = self.resolved()
        if found.kind not in ("record", "map") or not isinstance(found.value, dict):
            raise NotUnderstoodError(f"a PFA constant of type {found.kind} where a map or record is wanted")
        return list(found.value)

    def number(self) -> float:
        """As its type holds it: a float is rounded to one."""
        if self.kind not in NUMBERS or isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise NotUnderstoodError(f"a PFA constant of type {self.kind} where a number is wanted: {str(self.value)[:60]}")
        with np.errstate(over="ignore"):
            return float(np.float32(self.value)) if self.kind == "float" else float(self.value)
