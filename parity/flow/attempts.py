"""What is asked beyond "do they differ" must not cost that answer: a question that fails is told, and the finding stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")


def attempted(what: str, failures: list[str], ask: Callable[[], Answer], otherwise: Answer) -> Answer:
    """The answer, or `otherwise` with the failure told in `failures`: "the cause was not found: ValueError: …".

    The steps of a user's pipeline, the library and the engine are called on the worst rows there are, and may raise anything.
    """
    try:
        return ask()
    except Exception as error:  # noqa: BLE001
        failures.append(f"{what}: {type(error).__name__}: {error} (a fault of parity: please report it)")
        return otherwise
