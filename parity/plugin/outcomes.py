"""A verdict becomes a pytest outcome; nothing else in this package raises drift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import pytest

from parity.values.result import PhaseResult, Verdict


class NotPassedError(Exception):
    """An item that failed. Its text is all that the user sees: no traceback of ours."""


def conclude(result: PhaseResult, required: bool, lines: Sequence[str]) -> None:
    """Return where the verdict is pass; else fail, or skip what decides nothing.

    `lines` describe the findings; `required`: the runtime is required, named, or the case's only one, so that
    what was not measured is a failure.
    """
    if result.verdict is Verdict.FAIL:
        raise NotPassedError("\n".join([result.reason, *lines]))
    if result.verdict is Verdict.NOT_MEASURED and required:
        raise NotPassedError("\n".join([f"not measured: {result.reason}", *lines]))
    if result.verdict is not Verdict.PASS:
        skip(f"{result.verdict}: {result.reason}")


def skip(reason: str) -> NoReturn:
    """Skip the item; the place shown is the case's file, not a line of ours."""
    raise pytest.skip.Exception(reason, _use_item_location=True)
