"""`[[case]]`: one model to be judged, as written in TOML or given in Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from parity.config.fields import (
    Table,
    boolean,
    fail,
    is_list,
    needed,
    number,
    only,
    said,
    table_at,
    tables_at,
    text,
    texts,
    wanted,
)
from parity.config.policy import gate
from parity.values.case import Artifact, Case, ColumnRule
from parity.values.policy import Gate

CASE_KEYS = ("name", "reference", "artifacts", "data", "inputs", "outputs", "ignore-outputs", "columns", "gate")
COLUMN_KEYS = ("min", "max", "missing", "nan", "categories", "unseen")


def cases(table: Table, root: Path, base: Gate) -> tuple[Case, ...]:
    """All cases of a file; names are distinct."""
    found = tuple(case(item, root, base) for item in tables_at(table, "case"))
    if not found:
        fail(table.source, table.at("case"), "there is no case; add one: [[case]] with name, reference and artifacts")
    for place, one in enumerate(found):
        first = next(i for i, other in enumerate(found) if other.name == one.name)
        if first != place:
            said_twice = f'"{one.name}" is the name of case[{first}] too; each case needs its own'
            fail(table.source, f"{table.at('case')}[{place}].name", said_twice)
    return found


def case(table: Table, root: Path, base: Gate) -> Case:
    """One case. The reference stays as written; paths of artifacts and data become absolute."""
    only(table, CASE_KEYS)
    return Case(
        name=case_name(table),
        reference=reference(table),
        artifacts=artifacts(table, root),
        root=root,
        data=data(table, root),
        inputs=inputs(table),
        outputs=outputs(table),
        ignore_outputs=texts(table, "ignore-outputs"),
        columns=columns(table),
        gate=case_gate(table, base),
        source=table.source,
    )


def case_gate(table: Table, base: Gate) -> Gate:
    """`[case.gate]` over `[gate]`, or the Gate itself where Python gives one."""
    given = table.values.get("gate")
    return given if isinstance(given, Gate) else gate(table_at(table, "gate"), base)


def case_name(table: Table) -> str:
    """The name becomes part of pytest's node ids, which use brackets and colons themselves."""
    name = needed(table, "name", text(table, "name"), 'every case has one, as name = "churn"')
    if any(mark in name for mark in ("[", "]", "::")) or not name.isprintable():
        fail(table.source, table.at("name"), f"{said(name)} was given, a name without [, ], :: and control characters is wanted")
    return name


def reference(table: Table) -> Any:
    """A text from a file, or whatever object Python gives."""
    value = table.values.get("reference")
    if isinstance(value, str) or value is None:
        why = 'it is the model in Python, as "churn.joblib" or "package.module:name"'
        return needed(table, "reference", text(table, "reference"), why)
    if is_plain(value):
        fail(table.source, table.at("reference"), f'{said(value)} was given, a path or "package.module:name" is wanted')
    return value


def is_plain(value: Any) -> bool:
    """Data that TOML can hold, so never a model."""
    return isinstance(value, bool | int | float | list | dict)


def artifacts(table: Table, root: Path) -> tuple[Artifact, ...]:
    value = table.values.get("artifacts")
    items = value if is_list(value) else [value]
    if value is None or not items:
        fail(table.source, table.at("artifacts"), 'no artifact is given; name the exported files, as artifacts = ["churn.onnx"]')
    found = tuple(artifact(table, item, f"{table.at('artifacts')}[{i}]", root) for i, item in enumerate(items))
    twice = sorted({str(a.path) for a in found if sum(a.path == b.path and a.options == b.options for b in found) > 1})
    if twice:
        told = f'"{Path(twice[0]).name}" stands there more than once with the same options; name its runtimes in one entry'
        fail(table.source, table.at("artifacts"), told)
    return found


def artifact(table: Table, item: Any, path: str, root: Path) -> Artifact:
    if isinstance(item, Artifact):
        return Artifact(root / item.path, item.runtimes, item.options)
    if isinstance(item, str | Path):
        return Artifact(root / checked_path(item, path, table.source))
    if not isinstance(item, Mapping):
        wants = 'a path or { path = "churn.onnx", runtimes = ["onnxruntime"] }'
        fail(table.source, path, f"{said(item)} was given, {wants} is wanted")
    inner = Table(item, path, table.source)
    only(inner, ("path", "runtimes", "options"))
    named = needed(inner, "path", path_text(inner, "path"), 'it names the exported file, as path = "churn.onnx"')
    return Artifact(root / named, texts(inner, "runtimes"), dict(table_at(inner, "options").values))


def checked_path(value: str | Path, path: str, source: str) -> str | Path:
    if not str(value).strip():
        fail(source, path, "an empty string was given, a path is wanted")
    return value


def path_text(table: Table, key: str) -> str | None:
    value = table.values.get(key)
    return str(value) if isinstance(value, Path) else text(table, key)


def data(table: Table, root: Path) -> Any:
    """A path, made absolute, or the frame itself where Python gives one."""
    value = table.values.get("data")
    if isinstance(value, str | Path):
        return root / checked_path(value, table.at("data"), table.source)
    if isinstance(value, bool | int | float | list):
        fail(table.source, table.at("data"), f"{said(value)} was given, a path of a .parquet, .csv or .feather file is wanted")
    return value


def inputs(table: Table) -> dict[str, tuple[str, ...]]:
    """Input of the artifact = its columns; one column may be written without brackets."""
    inner = table_at(table, "inputs")
    wants = 'a column or an array of columns, as ["age", "income"],'
    found: dict[str, tuple[str, ...]] = {}
    for key, value in inner.values.items():
        names = (value,) if isinstance(value, str) else value
        wanted(inner, key, lambda v: isinstance(v, str | list | tuple), wants)
        if not names or not all(isinstance(name, str) and name for name in names):
            fail(table.source, inner.at(key), f"{said(value)} was given, {wants} is wanted")
        found[key] = tuple(names)
    return found


def outputs(table: Table) -> dict[str, str]:
    inner = table_at(table, "outputs")
    found = {key: needed(inner, key, text(inner, key), "") for key in inner.values}
    twice = sorted({name for name in found.values() if list(found.values()).count(name) > 1})
    if twice:
        fail(table.source, inner.path, f'the output "{twice[0]}" of the artifact is given to two outputs of the reference')
    return found


def columns(table: Table) -> dict[str, ColumnRule]:
    inner = table_at(table, "columns")
    for key, value in inner.values.items():
        if not isinstance(value, Mapping | ColumnRule):
            hint = f"a table is wanted: [{inner.at(key)}] with {', '.join(COLUMN_KEYS)}"
            fail(table.source, inner.at(key), f"{said(value)} was given, {hint}")
    return {key: column(inner, key, value) for key, value in inner.values.items()}


def column(parent: Table, key: str, value: Mapping[str, Any] | ColumnRule) -> ColumnRule:
    if isinstance(value, ColumnRule):
        return value
    table = Table(value, parent.at(key), parent.source)
    only(table, COLUMN_KEYS)
    low, high = number(table, "min"), number(table, "max")
    if low is not None and high is not None and low > high:
        fail(table.source, table.at("min"), f"{low} is larger than max = {high}; no value would be valid")
    return ColumnRule(low, high, boolean(table, "missing"), boolean(table, "nan"), categories(table), boolean(table, "unseen"))


def categories(table: Table) -> tuple[str | int, ...] | None:
    wants = "an array of strings or of integers"
    value: Sequence[Any] | None = wanted(table, "categories", is_list, wants)
    if value is None:
        return None
    kinds = {type(item) for item in value}
    if not value or not (kinds == {str} or kinds == {int}):
        fail(table.source, table.at("categories"), f"{said(list(value))} was given, {wants} (not both, not empty) is wanted")
    if len(set(value)) < len(value):
        fail(table.source, table.at("categories"), "a category stands there more than once")
    return tuple(value)
