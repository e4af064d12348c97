"""`parity.toml` and `[tool.parity]`: read, checked, explained. Imports neither numpy nor pyarrow."""

from __future__ import annotations

from parity.config.files import check_files, find, read
from parity.config.inline import case_from

__all__ = ["case_from", "check_files", "find", "read"]
