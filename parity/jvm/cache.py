"""The user's own folders: a cache, of which everything lost is made again, and data, which was fetched and is kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def cache_folder(environment: Mapping[str, str] | None = None) -> Path:
    """`$XDG_CACHE_HOME/parity`, or the system's own place for caches. The folder need not exist."""
    return _folder("XDG_CACHE_HOME", "Library/Caches", ".cache", environment)


def data_folder(environment: Mapping[str, str] | None = None) -> Path:
    """`$XDG_DATA_HOME/parity`, or the system's own place for data. The folder need not exist."""
    return _folder("XDG_DATA_HOME", "Library/Application Support", ".local/share", environment)


def _folder(variable: str, on_macos: str, elsewhere: str, environment: Mapping[str, str] | None) -> Path:
    variables = os.environ if environment is None else environment
    chosen = variables.get(variable, "")
    if os.path.isabs(chosen):  # the XDG base directory specification: relative paths are to be ignored
        return Path(chosen) / "parity"
    home = Path(variables.get("HOME") or Path.home())
    return home / (on_macos if sys.platform == "darwin" else elsewhere) / "parity"
