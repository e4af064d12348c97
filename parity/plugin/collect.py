"""Where cases come from: `parity.toml`, `[tool.parity]`, `@parity.case`, and the command line alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from parity.config import find
from parity.config.files import has_section
from parity.errors import UsageError
from parity.plugin.items import Judge, make_items
from parity.plugin.options import Options
from parity.values.settings import Item


class ParityFile(pytest.File):
    """A configuration file, or the artifact of `--parity-artifact`; `find` reads it and gives its items."""

    def __init__(self, *, find: Callable[[], list[Item]], judge: Judge, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._find = find
        self._judge = judge

    def collect(self) -> Iterable[pytest.Item]:
        return make_items(self, self._find(), self._judge)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:  # type: ignore[override]
        return str(excinfo.value) if isinstance(excinfo.value, UsageError) else super().repr_failure(excinfo)


def holds_cases(path: Path) -> bool:
    """Is this a configuration of ours? A `pyproject.toml` is one where it has a table `[tool.parity]`."""
    return path.name == "parity.toml" or (path.name == "pyproject.toml" and has_section(path))


def standing_for(artifact: Path) -> Path:
    """The file that pytest is to collect for an artifact; of a folder the first file in it, as pytest asks about files alone."""
    if not artifact.is_dir():
        return artifact
    return min((path for path in artifact.rglob("*") if path.is_file()), default=artifact)


def add_root(config: pytest.Config, options: Options) -> None:
    """Collect the root's configuration whatever `testpaths` says, unless paths were typed.

    With `--parity-model` the pair alone is judged: the artifact stands for the file that is not there.
    """
    typed = config.args_source is config.ArgsSource.ARGS
    if options.artifacts and not typed:
        config.args[:] = [str(standing_for(options.artifacts[0]))]
    elif not typed:
        file = find(config.rootpath)
        config.args.extend([str(file)] if file else [])
    elif options.artifacts:
        config.args.append(str(standing_for(options.artifacts[0])))
