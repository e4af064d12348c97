"""Sessions for the tests of one runtime, closed at the end; each column feeds the input of its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from parity.runtimes import find, open_session
from parity.runtimes.session import Session
from parity.values.case import Artifact
from parity.values.outcome import Outcome, Scores

Opener = Callable[..., Session]


@contextmanager
def opener(runtime: str, folder: Path) -> Iterator[Opener]:
    """`opened(path, **options)` gives a bound session of the runtime."""
    with ExitStack() as stack:

        def opened(path: Path, **options: Any) -> Session:
            session = open_session(find()[runtime], Artifact(path, options=options), folder=folder / ".parity", timeout=60.0)
            stack.callback(session.close)
            session.bind({spec.name: (spec.name,) for spec in session.signature.inputs})
            return session

        yield opened


def answers(outcome: Outcome) -> dict[str, Any]:
    """The values of every output, where no row was refused."""
    assert isinstance(outcome, Scores), outcome
    assert not outcome.refused
    return {output.spec.name: output.values for output in outcome.outputs}
