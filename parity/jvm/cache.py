"""The user's cache: archives of classes and remembered checksums. Whatever is lost there is made again."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def cache_folder(environment: Mapping[str, str] | None = None) -> Path:
    """`$XDG_CACHE_HOME/parity`, or the system's own place for caches. The folder need not exist."""
    variables = os.environ if environment is None else environment
    chosen = variables.get("XDG_CACHE_HOME", "")
    if os.path.isabs(chosen):  # the XDG base directory specification: relative paths are to be ignored
        return Path(chosen) / "parity"
    home = Path(variables.get("HOME") or Path.home())
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "parity"
