"""The inputs of a PyTorch module. Neither a module nor a scripted archive holds their sizes."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from parity.anatomy.torchscript import traced_rows
from parity.errors import ReferenceLoadError
from parity.numeric.tensors import element_of, shape_of, spelled
from parity.references.context import Context
from parity.references.describe import attribute
from parity.references.tensors import Tensor


def inputs_of(model: Any, context: Context) -> list[Tensor]:
    """As declared beside the artifact, as traced, as the sample has them, and one matrix as wide as the first weights."""
    names, declared = _arguments(model), _declared(context)
    unknown = [name for name in declared if name not in names]
    if unknown:
        raise ReferenceLoadError(f"the option inputs names {', '.join(unknown)}, but forward takes {', '.join(names)}")
    own = () if declared else _traced([_own(context)])
    traced = own or (() if declared else _traced([a.path for a in context.case.artifacts]))
    if len(traced) == len(names):
        declared = dict(zip(names, traced, strict=True))
    if declared:  # beside the artifact, or by its trace: its floats may be of another width than the module's
        rows = [(name, *declared[name]) for name in names if name in declared]
        return [Tensor(name, kind if own else _as_the_module(kind, model), shape) for name, kind, shape in rows]
    required = [name for name, optional in names.items() if not optional]
    return [Tensor(name, *_sampled(name, model, context, alone=len(required) == 1)) for name in required]


def _arguments(model: Any) -> dict[str, bool]:
    """The arguments of forward in order, and whether each has a default."""
    schema = attribute(attribute(model, "forward"), "schema")
    if schema is not None:
        return {a.name: a.has_default_value() for a in schema.arguments if a.name != "self"}
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    found = [p for p in inspect.signature(model.forward).parameters.values() if p.kind in plain]
    if not found:
        raise ReferenceLoadError(f"forward of the PyTorch reference {type(model).__name__} names no arguments; give it some")
    return {p.name: p.default is not inspect.Parameter.empty for p in found}


def _declared(context: Context) -> dict[str, tuple[str, tuple[int, ...]]]:
    given: Mapping[str, Any] = next(
        (a.options["inputs"] for a in context.case.artifacts if isinstance(a.options.get("inputs"), Mapping)), {}
    )
    rows = {name: spelled(text) for name, text in given.items() if isinstance(text, str)}
    return {name: row for name, row in rows.items() if row is not None}


def _own(context: Context) -> Path:
    reference = context.case.reference
    return context.case.root / reference if isinstance(reference, str) else context.case.root


def _traced(files: Sequence[Path]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The example that the first of the files was traced with."""
    return next((rows for file in files if file.is_file() and (rows := traced_rows(file))), ())


def _as_the_module(kind: str, model: Any) -> str:
    """float32 or float64, whichever the module's own numbers are; other types as they are, and where it has no such numbers."""
    own = {str(p.dtype).removeprefix("torch.") for p in model.parameters() if p.is_floating_point()}
    return own.pop() if kind in ("float32", "float64") and len(own) == 1 and own <= {"float32", "float64"} else kind


def _sampled(name: str, model: Any, context: Context, *, alone: bool) -> tuple[str, tuple[int, ...] | None]:
    """A column of the input's name says its type and shape; else floats as wide as the model's, of any shape."""
    floating = next((str(p.dtype).removeprefix("torch.") for p in model.parameters() if p.is_floating_point()), "float32")
    floating = "float64" if floating == "float64" else "float32"
    schema = context.sample.schema if context.sample is not None else pa.schema([])
    fitting = [f for f in schema if f.name == name] or [f for f in schema if alone and len(schema) == 1 and shape_of(f.type)]
    if fitting:
        element = element_of(fitting[0].type)
        return (str(element) if pa.types.is_integer(element) else floating), shape_of(fitting[0].type)
    if alone and not any(shape_of(f.type) for f in schema):
        return floating, (len(schema),) if len(schema) else _first_width(model)
    return floating, None


def _first_width(model: Any) -> tuple[int, ...] | None:
    """The columns of the first matrix of weights, which are (units, inputs)."""
    return next(((int(p.shape[1]),) for p in model.parameters() if p.ndim == 2), None)
