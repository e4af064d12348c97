"""Any callable that takes a pandas frame and returns one score per row.

Attributes of the callable may say more: `parity_outputs`, a mapping of output to kind ("probability") or to
{"kind": "probability", "classes": [...]}, and `parity_columns`, the names of the columns that it takes.
With several outputs the callable returns them in order, or a mapping by name. Without: one output, "value".
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import partial
from typing import Any

from parity.errors import ReferenceLoadError
from parity.references.context import Context, sample_categories
from parity.references.describe import attribute, described, facts
from parity.references.frames import Layout, arranged
from parity.references.reference import Call, ModelReference, input_specs
from parity.values.signature import OutputKind, OutputSpec


def accepts(model: Any) -> bool:
    return callable(model) and not isinstance(model, type)


def refer(model: Any, context: Context) -> ModelReference:
    """Raises ReferenceLoadError where `parity_outputs` or `parity_columns` is wrong."""
    columns = names(model)
    width = None if columns is None else len(columns)
    layout = Layout("frame", columns, sample_categories(context))
    return ModelReference(
        model=model,
        convert=partial(arranged, layout=layout),
        calls=(Call("call", declared(model), model),),
        columns=columns,
        width=width,
        inputs=input_specs(columns, width),
        facts={**facts(model), **context.facts},
    )


def names(model: Any) -> tuple[str, ...] | None:
    known = attribute(model, "parity_columns")
    if known is None:
        return None
    if isinstance(known, str) or not all(isinstance(name, str) for name in known):
        raise ReferenceLoadError(f"parity_columns of {described(model)} is {known!r}; a list of column names is wanted")
    return tuple(known)


def declared(model: Any) -> tuple[OutputSpec, ...]:
    given = attribute(model, "parity_outputs")
    if given is None:
        return (OutputSpec("value", "float64", OutputKind.VALUE),)
    if not isinstance(given, Mapping) or not given:
        wants = 'a mapping of output to kind, as {"probability": "probability"}, is wanted'
        raise ReferenceLoadError(f"parity_outputs of {described(model)} is {given!r}; {wants}")
    return tuple(spec(name, rule, model) for name, rule in given.items())


def spec(name: str, rule: Any, model: Any) -> OutputSpec:
    more = rule if isinstance(rule, Mapping) else {"kind": rule}
    kind, known = str(more.get("kind", "value")), more.get("classes")
    kinds = [k.value for k in OutputKind]
    if kind not in kinds:
        close = get_close_matches(kind, kinds, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(kinds)}"
        raise ReferenceLoadError(f"parity_outputs of {described(model)}: {name!r} has the unknown kind {kind!r}; {hint}")
    classes = None if known is None else tuple(known)
    return OutputSpec(name, "float64", OutputKind(kind), None if classes is None else len(classes), classes)
