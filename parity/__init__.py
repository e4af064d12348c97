"""Proves, or disproves, that a model scores the same in Python and on the JVM. PYTEST_DONT_REWRITE

Public names are resolved on first use, so that `import parity` loads nothing heavy.
"""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "case": ("parity.plugin.case", "case"),
    "check": ("parity.pipeline", "check"),
    "check_row": ("parity.flow.again", "check_row"),
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'parity' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _PUBLIC[name]
    return getattr(import_module(module), attribute)
