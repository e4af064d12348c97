"""Expressions of PFA (0.8.1, section 4), worked out with the columns in place of the input.

Constants are computed, a question about a column stays open, and what is added up stays a sum: what comes out is the document's
answer as trees or as products with coefficients. What an expression does besides is not followed, and said.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

from parity.anatomy.fields import NotUnderstoodError
from parity.anatomy.pfa import library
from parity.anatomy.pfa.data import Datum, Types
from parity.anatomy.pfa.features import Features, filled
from parity.anatomy.pfa.questions import absent
from parity.anatomy.pfa.shapes import chosen, mapped, not_null, plain, through
from parity.anatomy.pfa.values import (
    Asked,
    Beyond,
    Category,
    Choice,
    Const,
    Function,
    Joined,
    Known,
    Label,
    Negated,
    Null,
    Number,
    Table,
    Text,
    Value,
    Vector,
    vector,
)

Scope = MutableMapping[str, Value]
_LITERALS = {"int", "long", "float", "double"}
_TESTS = Asked | Joined | Known | Negated | Beyond
_DEEPEST = 50
"""Calls of a document's own functions inside each other."""


class Interpreter:
    """Works out expressions. `cells` and `functions` are the document's own."""

    def __init__(self, document: Mapping[str, Any], types: Types, features: Features) -> None:
        self.types, self.features = types, features
        self._cells: Mapping[str, Any] = document.get("cells") or {}
        self._functions: Mapping[str, Any] = document.get("fcns") or {}
        self._depth = 0

    def run(self, steps: Any, scope: Scope) -> Value:
        """The value of the last of several expressions."""
        found: Value = Null()
        for step in steps if isinstance(steps, list) else [steps]:
            found = self.evaluate(step, scope)
        return found

    def evaluate(self, expression: Any, scope: Scope) -> Value:
        if isinstance(expression, bool):
            return Known(expression)
        if isinstance(expression, int | float):
            return Const(float(expression))
        if expression is None:
            return Null()
        if isinstance(expression, str):
            return self._symbol(expression, scope)
        if _is_text(expression):
            return Text(expression[0])
        if not isinstance(expression, dict):
            raise NotUnderstoodError(f"the PFA expression {str(expression)[:60]}")
        return self._form({k: v for k, v in expression.items() if k != "@"}, scope)

    def _symbol(self, name: str, scope: Scope) -> Value:
        first, *path = name.split(".")
        if first not in scope:
            raise NotUnderstoodError(f"the PFA symbol {first!r}")
        found = scope[first]
        for key in path:
            found = self.attribute(found, int(key) if key.isdigit() and not isinstance(found, Table) else key)
        return found

    def _form(self, form: dict[str, Any], scope: Scope) -> Value:
        kind = next((k for k in _FORMS if k in form), None)
        if kind is not None:
            return _FORMS[kind](self, form, scope)
        if len(form) != 1:
            raise NotUnderstoodError(f"the PFA expression with {', '.join(sorted(form))[:60]}")
        ((name, given),) = form.items()
        if name in _LITERALS:
            return Const(Datum(given, name, self.types).number())
        if name == "string":
            return Text(str(given))
        return self._called(name, given, scope)

    def _called(self, name: str, given: Any, scope: Scope) -> Value:
        if name in library.CHAINED:  # sums of many trees are written inside each other
            chain = []
            while isinstance(given, list) and len(given) == 2 and isinstance(given[0], dict) and list(given[0]) == [name]:
                chain.append(given[1])
                given = given[0][name]
            found = self._apply(name, given, scope)
            for other in reversed(chain):
                found = self.call(Function(name), [found, self.evaluate(other, scope)])
            return found
        return self._apply(name, given, scope)

    def _apply(self, name: str, given: Any, scope: Scope) -> Value:
        arguments = given if isinstance(given, list) else [given]
        return self.call(Function(name), [self.evaluate(a, scope) for a in arguments])

    def call(self, function: Function, arguments: Sequence[Value]) -> Value:
        """A function of the library, or of the document, with its arguments."""
        if function.params or function.body is not None:
            return self._own(function, arguments)
        name = function.name
        if name.startswith("u."):
            return self._own(self._defined(name[2:], function.fill), arguments)
        if name not in library.FUNCTIONS:
            raise NotUnderstoodError(f"the PFA function {name}")
        try:
            return library.FUNCTIONS[name](self, *arguments)
        except TypeError as wrong:
            raise NotUnderstoodError(f"the PFA function {name} with {len(arguments)} arguments ({wrong})") from wrong

    def _defined(self, name: str, fill: Mapping[str, Value]) -> Function:
        if name not in self._functions:
            raise NotUnderstoodError(f"the PFA function u.{name}, which is nowhere defined")
        return _literal(self._functions[name], fill, {})

    def _own(self, function: Function, arguments: Sequence[Value]) -> Value:
        left = [p for p in function.params if p not in function.fill]
        if len(left) != len(arguments):
            raise NotUnderstoodError(f"a PFA function of {len(left)} parameters with {len(arguments)} arguments")
        if self._depth >= _DEEPEST:
            raise NotUnderstoodError("a PFA function that calls itself")
        self._depth += 1
        try:
            given = {**function.fill, **dict(zip(left, arguments, strict=True))}
            return self.run(function.body, ChainMap(given, dict(function.scope)))
        finally:
            self._depth -= 1

    def attribute(self, of: Value, key: Any) -> Value:
        """A field, an item or a map's value; `key` is a name, a place, or a value itself."""
        if isinstance(key, Const):
            key = int(key.value)
        elif isinstance(key, Text):
            key = key.value
        if isinstance(of, Datum) and not isinstance(key, str | int):
            return self._looked_up(of, key)
        if isinstance(of, Datum):
            return plain(of.at(key))
        if isinstance(of, Table) and isinstance(key, str) and key in of.items:
            return of.items[key]
        if isinstance(of, Vector) and isinstance(key, int) and 0 <= key < len(of.items):
            return of.items[key]
        if isinstance(of, Choice):
            return through(of, lambda end: self.attribute(end, key))
        if isinstance(of, Label) and isinstance(key, str):
            return Label(of.of, tuple(self.attribute(one, key) for one in of.names))
        raise NotUnderstoodError(f"{str(key)[:40]!r} of a PFA {type(of).__name__.lower()}")

    def _looked_up(self, of: Datum, key: Value) -> Value:
        """A constant array or map at a place that depends on the row."""
        if isinstance(key, Label):
            names = key.names or tuple(Const(float(i)) for i in range(len(key.of)))
            return Label(key.of, tuple(self.attribute(of, name) for name in names))
        if isinstance(key, Choice):
            return through(key, lambda end: self.attribute(of, end))
        if isinstance(key, Category) and not key.nullable:
            return mapped(key, {name: self.attribute(of, name) for name in of.names()})
        raise NotUnderstoodError(f"a PFA constant at a {type(key).__name__.lower()}")

    def _let(self, form: dict[str, Any], scope: Scope) -> Value:
        for name, expression in form["let"].items():
            scope[name] = self.evaluate(expression, scope)
        return Null()

    def _set(self, form: dict[str, Any], scope: Scope) -> Value:
        for name, expression in form["set"].items():
            found = self.evaluate(expression, scope)
            home = next((m for m in scope.maps if name in m), scope) if isinstance(scope, ChainMap) else scope
            home[name] = found
        return Null()

    def _do(self, form: dict[str, Any], scope: Scope) -> Value:
        return self.run(form["do"], _inner(scope))

    def _if(self, form: dict[str, Any], scope: Scope) -> Value:
        """Only a choice between values: what happens in a branch besides stays in it."""
        if "else" not in form:
            raise NotUnderstoodError("a PFA if without an else")
        test = self.evaluate(form["if"], scope)
        if isinstance(test, Known):
            return self.run(form["then" if test.answer else "else"], _inner(scope))
        if not isinstance(test, _TESTS):
            raise NotUnderstoodError(f"a PFA if that asks a {type(test).__name__.lower()}")
        if _assigns(form["then"]) or _assigns(form["else"]):
            raise NotUnderstoodError("a PFA if that sets a symbol")
        return chosen(test, self.run(form["then"], _inner(scope)), self.run(form["else"], _inner(scope)))

    def _cond(self, form: dict[str, Any], scope: Scope) -> Value:
        if "else" not in form:
            raise NotUnderstoodError("a PFA cond without an else")
        nested = form["else"]
        for one in reversed(form["cond"]):
            nested = {"if": one["if"], "then": one["then"], "else": nested}
        return self.evaluate(nested, scope) if isinstance(nested, dict) else self.run(nested, scope)

    def _if_not_null(self, form: dict[str, Any], scope: Scope) -> Value:
        given = {name: self.evaluate(expression, scope) for name, expression in form["ifnotnull"].items()}
        inner = _inner(scope)
        for name, value in given.items():
            inner[name] = not_null(value)
        if "else" not in form:
            raise NotUnderstoodError("a PFA ifnotnull without an else")
        there, otherwise = self.run(form["then"], inner), self.run(form["else"], _inner(scope))
        if len(given) == 1:
            ((name, value),) = given.items()
            if isinstance(value, Number) and there is inner[name] and isinstance(otherwise, Const):
                return filled(value, otherwise, self.features)
        for value in given.values():
            there = chosen(absent(value, True, self.features), otherwise, there)
        return there

    def _cell(self, form: dict[str, Any], scope: Scope) -> Value:
        name = form["cell"]
        if "to" in form:
            raise NotUnderstoodError(f"the PFA cell {name!r}, which every row changes")
        if name not in self._cells:
            raise NotUnderstoodError(f"the PFA cell {name!r}, which is nowhere declared")
        cell = self._cells[name]
        if cell.get("source", "embedded") != "embedded" or "init" not in cell:
            raise NotUnderstoodError(f"the PFA cell {name!r}, whose value is elsewhere")
        found: Value = plain(Datum(cell["init"], cell["type"], self.types).resolved())
        return self._along(found, form.get("path", []), scope)

    def _attr(self, form: dict[str, Any], scope: Scope) -> Value:
        return self._along(self.evaluate(form["attr"], scope), form["path"], scope)

    def _along(self, found: Value, path: Sequence[Any], scope: Scope) -> Value:
        for step in path:
            found = self.attribute(found, self.evaluate(step, scope))
        return found

    def _new(self, form: dict[str, Any], scope: Scope) -> Value:
        if isinstance(form["new"], dict):
            return Table({name: self.evaluate(value, scope) for name, value in form["new"].items()})
        return vector([self.evaluate(value, scope) for value in form["new"]])

    def _value(self, form: dict[str, Any], scope: Scope) -> Value:
        del scope
        return plain(Datum(form["value"], form["type"], self.types).resolved())

    def _function(self, form: dict[str, Any], scope: Scope) -> Value:
        fill = {name: self.evaluate(value, scope) for name, value in form.get("fill", {}).items()}
        name = form["fcn"]
        return self._defined(name[2:], fill) if name.startswith("u.") else Function(name, fill=fill)

    def _lambda(self, form: dict[str, Any], scope: Scope) -> Value:
        return _literal(form, {}, scope)

    def _upcast(self, form: dict[str, Any], scope: Scope) -> Value:
        return self.evaluate(form["upcast"], scope)


def _is_text(expression: Any) -> bool:
    """A string in a list of its own is a constant, where one expression stands; anywhere else a string is a symbol."""
    return isinstance(expression, list) and len(expression) == 1 and isinstance(expression[0], str)


def _inner(scope: Scope) -> Scope:
    return ChainMap({}, *(scope.maps if isinstance(scope, ChainMap) else [scope]))


def _assigns(expression: Any) -> bool:
    todo = [expression]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            if "set" in one:
                return True
            todo += one.values()
        elif isinstance(one, list):
            todo += one
    return False


def _literal(form: Mapping[str, Any], fill: Mapping[str, Value], scope: Mapping[str, Value]) -> Function:
    """A function that the document writes down; where it stands, it sees the symbols around it (`scope`)."""
    params = tuple(name for param in form["params"] for name in param)
    return Function("", params, form["do"], fill, scope)


_FORMS: dict[str, Any] = {
    "params": Interpreter._lambda,
    "do": Interpreter._do,
    "let": Interpreter._let,
    "set": Interpreter._set,
    "ifnotnull": Interpreter._if_not_null,
    "if": Interpreter._if,
    "cond": Interpreter._cond,
    "cell": Interpreter._cell,
    "attr": Interpreter._attr,
    "new": Interpreter._new,
    "value": Interpreter._value,
    "fcn": Interpreter._function,
    "upcast": Interpreter._upcast,
}
"""Keys that name a special form, the one that a form has in common with others behind those: a function's `do`, an `else`."""
