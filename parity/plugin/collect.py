"""Where cases come from: `parity.toml`, `[tool.parity]`, `@parity.case`, and the command line alone."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from parity.errors import UsageError
from parity.plugin.items import Judge, make_items
from parity.plugin.options import Options
from parity.values.settings import Item

NAMES = ("parity.toml", "pyproject.toml")


class ParityFile(pytest.File):
    """A configuration file, or the artifact of `--parity-artifact`; `find` reads it and gives its items."""

    def __init__(self, *, find: Callable[[], list[Item]], judge: Judge, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._find = find
        self._judge = judge

    def collect(self) -> Iterable[pytest.Item]:
        return make_items(self, self._find(), self._judge)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:
        return str(excinfo.value) if isinstance(excinfo.value, UsageError) else super().repr_failure(excinfo)


def holds_cases(path: Path) -> bool:
    """Is this a configuration of ours? A `pyproject.toml` is one where it has a table `[tool.parity]`."""
    if path.name == "parity.toml":
        return path.is_file()
    if path.name != "pyproject.toml" or not path.is_file():
        return False
    try:
        return "parity" in tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError):
        return False


def root_files(root: Path) -> list[Path]:
    return [root / name for name in NAMES if holds_cases(root / name)]


def add_root(config: pytest.Config, options: Options) -> None:
    """Collect the root's configuration whatever `testpaths` says, unless paths were typed.

    With `--parity-model` the pair alone is judged: the artifact stands for the file that is not there.
    """
    typed = config.args_source is config.ArgsSource.ARGS
    if options.artifacts and not typed:
        config.args[:] = [str(options.artifacts[0])]
    elif not typed:
        config.args.extend(str(path) for path in root_files(config.rootpath))
    elif options.artifacts:
        config.args.append(str(options.artifacts[0]))
