"""Which columns feed which input of the artifact (DESIGN, "Columns to inputs")."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from parity.errors import MatchingError
from parity.numeric.tensors import fits
from parity.values.columns import Column, ColumnType
from parity.values.signature import InputSpec, Signature

Match = dict[str, tuple[str, ...]]

_NUMBERED = re.compile(r"x([1-9]\d*)")  # what sklearn2pmml calls the columns of an array: x1, x2, … in fitted order


def match_inputs(columns: Sequence[Column], signature: Signature, declared: Mapping[str, tuple[str, ...]]) -> Match:
    """The columns of each input of the artifact, in order.

    What `declared` says comes first; what it leaves open is matched by the first rule that serves every input that is left:
    equal names; names made C identifiers; one tensor of full width, in fitted order; several tensors whose widths and types
    fit, in order, or, with tensors among the columns, one column for each input by its shape; the numbered names x1, x2, … of
    an array. Raises MatchingError, which shows both lists.
    """
    match = _declared(columns, signature, declared)
    inputs = [spec for spec in signature.inputs if spec.name not in match]
    used = {name for names in match.values() for name in names}
    left = [column for column in columns if column.name not in used]
    if not inputs:
        return match
    for rule in (_by_name, _by_identifier, _by_feature_names, _by_width, _by_number):
        found = rule(left, inputs, signature)
        if found is not None:
            return {spec.name: (match | found)[spec.name] for spec in signature.inputs}
    raise MatchingError(
        f"the columns do not fit the inputs of the artifact. Columns: {_columns_text(left)}. Inputs: {_inputs_text(inputs)}. "
        'Say which columns feed which input, in order: inputs = { NAME = ["COLUMN", …] }'
    )


def _declared(columns: Sequence[Column], signature: Signature, declared: Mapping[str, tuple[str, ...]]) -> Match:
    known = {column.name for column in columns}
    specs = {spec.name: spec for spec in signature.inputs}
    fed: set[str] = set()
    for name, chosen in declared.items():
        if name not in specs:
            takes = _inputs_text(signature.inputs)
            raise MatchingError(f"`inputs` names {name!r}, which is no input of the artifact: it takes {takes}")
        absent = [column for column in chosen if column not in known]
        if absent:
            raise MatchingError(f"`inputs` feeds {name!r} with {', '.join(absent)}, but the columns are {_columns_text(columns)}")
        twice = sorted(fed.intersection(chosen) | {column for column in chosen if chosen.count(column) > 1})
        if twice:
            raise MatchingError(f"`inputs` names {', '.join(twice)} twice; a column feeds one input, once")
        width = specs[name].width
        tensors = [column for column in columns if column.name in chosen and column.shape]
        if tensors:
            if len(chosen) > 1 or not _fits_shape(tensors[0], specs[name]):
                raise MatchingError(
                    f"`inputs` feeds {name!r} with {_columns_text(tensors)}, but it takes {_inputs_text([specs[name]])}; "
                    "a tensor feeds an input alone, and has its shape"
                )
            width = None
        if width is not None and width != len(chosen):
            raise MatchingError(f"`inputs` feeds {name!r} with {len(chosen)} columns, but the artifact takes {width} there")
        fed.update(chosen)
    return {name: tuple(chosen) for name, chosen in declared.items()}


def _by_name(columns: Sequence[Column], inputs: Sequence[InputSpec], _: Signature) -> Match | None:
    names = {column.name: column for column in columns}
    if all(spec.name in names and _alone(names[spec.name], spec) for spec in inputs):
        return {spec.name: (spec.name,) for spec in inputs}
    return None


def _by_identifier(columns: Sequence[Column], inputs: Sequence[InputSpec], _: Signature) -> Match | None:
    """`sepal length (cm)` feeds `sepal_length__cm_`; only where no two names become one."""
    names = {_identifier(column.name): column for column in columns}
    wanted = {_identifier(spec.name) for spec in inputs}
    if len(names) != len(columns) or len(wanted) != len(inputs):
        return None
    if all(_identifier(spec.name) in names and _alone(names[_identifier(spec.name)], spec) for spec in inputs):
        return {spec.name: (names[_identifier(spec.name)].name,) for spec in inputs}
    return None


def _by_feature_names(columns: Sequence[Column], inputs: Sequence[InputSpec], signature: Signature) -> Match | None:
    """One tensor whose features the artifact itself names: in the artifact's order."""
    named = dict(signature.facts).get("feature_names")
    if named is None or len(inputs) != 1:
        return None
    names = tuple(json.loads(named))
    if set(names) <= {column.name for column in columns} and inputs[0].width in (len(names), None):
        return {inputs[0].name: names}
    return None


def _by_width(columns: Sequence[Column], inputs: Sequence[InputSpec], _: Signature) -> Match | None:
    """Each input in turn takes the next columns of its type; all columns must be taken."""
    if any(column.shape for column in columns):
        return _by_shape(columns, inputs)
    widths = [spec.width for spec in inputs]
    known = [width for width in widths if width is not None]
    if len(known) < len(widths) - 1:
        return None
    widths = [len(columns) - sum(known) if width is None else width for width in widths]
    left, match = list(columns), Match()
    for spec, width in zip(inputs, widths, strict=True):
        fitting = [column for column in left if _fits(column, spec)][: max(0, width or 0)]
        if len(fitting) != width or not fitting:
            return None
        match[spec.name] = tuple(column.name for column in fitting)
        left = [column for column in left if column not in fitting]
    return None if left else match


def _by_shape(columns: Sequence[Column], inputs: Sequence[InputSpec]) -> Match | None:
    """Tensors and single values, one for each input: each takes the first that is left of its type and shape."""
    left, match = list(columns), Match()
    for spec in inputs:
        fitting = next((column for column in left if _alone(column, spec) and _fits(column, spec)), None)
        if fitting is None:
            return None
        match[spec.name] = (fitting.name,)
        left.remove(fitting)
    return None if left else match


def _alone(column: Column, spec: InputSpec) -> bool:
    """May this column be all that feeds the input?"""
    if column.shape:
        return _fits_shape(column, spec)
    return spec.width == 1 or (spec.width is None and len(spec.shape or ()) < 2)


def _fits_shape(column: Column, spec: InputSpec) -> bool:
    return spec.shape is not None and fits(column.shape, spec.shape)


def _by_number(columns: Sequence[Column], inputs: Sequence[InputSpec], _: Signature) -> Match | None:
    """PMML leaves out fields that the model does not use, so there may be fewer inputs than columns."""
    numbers = [int(found[1]) if (found := _NUMBERED.fullmatch(spec.name)) else 0 for spec in inputs]
    if all(1 <= number <= len(columns) for number in numbers):
        return {spec.name: (columns[number - 1].name,) for spec, number in zip(inputs, numbers, strict=True)}
    return None


def _fits(column: Column, spec: InputSpec) -> bool:
    return spec.type == "any" or (spec.type == "string") == (column.type == ColumnType.STRING)


def _identifier(name: str) -> str:
    made = re.sub(r"\W", "_", name, flags=re.ASCII)
    return f"_{made}" if made[:1].isdigit() else made


def _columns_text(columns: Iterable[Column]) -> str:
    return _some([f"{column.name} ({column.type}{_shape_text(column.shape)})" for column in columns])


def _inputs_text(inputs: Iterable[InputSpec]) -> str:
    return _some([f"{spec.name} ({spec.type}, {_width_text(spec)})" for spec in inputs])


def _width_text(spec: InputSpec) -> str:
    if spec.shape is not None and len(spec.shape) > 1:
        return f"tensor{_shape_text(spec.shape)}"
    return "of any width" if spec.width is None else f"{spec.width} wide"


def _shape_text(shape: Sequence[int | None]) -> str:
    return f" [{' x '.join('?' if length is None else str(length) for length in shape)}]" if shape else ""


def _some(texts: Sequence[str], most: int = 20) -> str:
    more = f" and {len(texts) - most} more" if len(texts) > most else ""
    return (", ".join(texts[:most]) or "none") + more
