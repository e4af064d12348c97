"""Finds the configuration of a folder and reads it: `parity.toml`, or `[tool.parity]` in `pyproject.toml`, not both."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from parity.config.cases import cases
from parity.config.fields import Table, fail, nearest, only, said, table_at, texts
from parity.config.policy import gate, ledger
from parity.errors import ConfigurationError
from parity.values.case import Case, Configuration
from parity.values.policy import Gate

FILE_KEYS = ("schema", "case", "require", "gate", "known")
SCHEMA = 1


def find(folder: Path) -> Path | None:
    """The file that configures a folder, or None. Both at once are a ConfigurationError: neither could be trusted."""
    own, project = folder / "parity.toml", folder / "pyproject.toml"
    shared = project.is_file() and has_section(project)
    if own.is_file() and shared:
        raise ConfigurationError(f"{folder}: parity.toml and [tool.parity] in pyproject.toml are both there; keep one of them")
    return own if own.is_file() else project if shared else None


def has_section(project: Path) -> bool:
    """Whether a pyproject.toml has [tool.parity]. One that cannot be read is no business of ours unless it is asked for."""
    try:
        content = project.read_bytes()
        # A quick look first: a project without the plugin's section pays for no parser.
        return b"parity" in content and "parity" in tomllib.loads(content.decode()).get("tool", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, AttributeError, TypeError):
        return False


def read(path: Path) -> Configuration:
    """Read `parity.toml`, `pyproject.toml`, or the one of them that a folder holds.

    Raises ConfigurationError: unknown key (with the nearest known one), wrong type, duplicate name, missing file.
    """
    path = located(Path(path).absolute())
    table = top(path)
    only(table, FILE_KEYS)
    schema(table)
    require = table_at(table, "require")
    only(require, ("runtimes",))
    found = cases(table, path.parent, gate(table_at(table, "gate"), Gate()))
    check_files(found)
    known = ledger(table)
    check_known(table, found)
    return Configuration(path, found, texts(require, "runtimes"), known)


def located(path: Path) -> Path:
    folder = path if path.is_dir() else path.parent
    if not path.exists():
        raise ConfigurationError(f"{path}: there is no such file; give a parity.toml or its folder (`parity init` writes one)")
    found = find(folder)
    if not path.is_dir():
        return path
    if found is None:
        told = "there is no parity.toml and no pyproject.toml with [tool.parity]; `parity init` writes one"
        raise ConfigurationError(f"{path}: {told}")
    return found


def top(path: Path) -> Table:
    """The table that holds the cases: the whole file, or [tool.parity]."""
    content = parsed(path)
    if path.name != "pyproject.toml":
        return Table(content, "", path.name)
    tool = table_at(Table(content, "", path.name), "tool")
    if "parity" not in tool.values:
        raise ConfigurationError(f"{path}: has no [tool.parity]; add it, or write a parity.toml beside it")
    return table_at(tool, "parity")


def parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path.name}: is not valid TOML: {error}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path.name}: is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None


def schema(table: Table) -> None:
    value = table.values.get("schema", SCHEMA)
    if isinstance(value, bool) or value != SCHEMA or not isinstance(value, int):
        fail(table.source, table.at("schema"), f"{said(value)} was given, schema = {SCHEMA} is what this version reads")


def check_files(found: Iterable[Case]) -> None:
    """Name every file that a case points to and that is not there, all at once."""
    missing = [line for case in found for line in missing_files(case)]
    if missing:
        raise ConfigurationError("\n".join([*missing, "paths are relative to the folder of the configuration file"]))


def missing_files(case: Case) -> list[str]:
    named = [("reference", path) for path in reference_path(case)]
    named += [("artifacts", artifact.path) for artifact in case.artifacts]
    named += [("data", case.data)] if isinstance(case.data, Path) else []
    return [f'{case.source}: case "{case.name}": {key}: there is no file {path}' for key, path in named if not path.exists()]


def reference_path(case: Case) -> list[Path]:
    """The reference's path where it is one: not an object, not "module:name", not an address such as "models:/…"."""
    reference = case.reference
    if isinstance(reference, Path):
        return [case.root / reference]
    is_path = isinstance(reference, str) and (":" not in reference or (case.root / reference).exists())
    return [case.root / reference] if is_path else []


def check_known(table: Table, found: Iterable[Case]) -> None:
    """The ledger names a case that exists, so that a renamed one does not leave a dead entry behind."""
    names = [case.name for case in found]
    for place, item in enumerate(table.values.get("known", ())):
        case = item.get("match", {}).get("case")
        if case is not None and case not in names:
            fail(table.source, f"{table.at('known')}[{place}].match.case", f'there is no case "{case}"; {nearest(case, names)}')
