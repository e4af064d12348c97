"""What a run ran on, read without importing any of it."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

PACKAGES = (
    "pytest-parity", "pytest", "hypothesis", "numpy", "pyarrow", "jpype1", "pandas", "scikit-learn", "xgboost", "xgboost-cpu",
    "lightgbm", "catboost", "onnx", "onnxruntime", "skl2onnx", "onnxmltools", "sklearn2pmml",
)  # fmt: skip
"""Those whose version may change a score, a row or a report."""


def environment(jvm: str | None = None, jars: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """JSON-able. `jvm` as found ("17.0.11, /usr/lib/jvm/…"), `jars` by runtime."""
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "jvm": jvm,
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "jars": dict(jars or {}),
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
