"""`parity selftest`: would it have been found?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from parity.commands.answer import Answer, Exit
from parity.commands.apart import printed_apart
from parity.errors import UsageError
from parity.values.plan import Phase
from parity.values.settings import Item, Settings


@dataclass(frozen=True)
class Request:
    """What was typed; empty `faults` and `phases` are all of them."""

    case: str
    config: Path
    runtime: str | None = None
    faults: tuple[str, ...] = ()
    phases: tuple[str, ...] = ()


def selftest(request: Request, settings: Settings, progress: Callable[[str], None]) -> Answer:
    """Exit 0 where every fault that could be found was found, 1 where one survived, 3 where nothing could be measured.

    Raises UsageError for a case, runtime, fault or phase that is not known.
    """
    from parity.selftest.experiment import PHASES, experiment
    from parity.selftest.faults import FAULTS
    from parity.selftest.table import counted, document, lines

    faults = [f for f in FAULTS if not request.faults or f.name in request.faults]
    phases = [p for p in PHASES if not request.phases or p in request.phases]
    _check("fault", request.faults, [f.name for f in FAULTS])
    _check("phase", request.phases, [str(p) for p in PHASES])
    item = _item(request)
    with printed_apart(settings.folder):
        mutants = list(experiment(item, settings, faults, phases, lambda name: progress(f"{item.case.name}: {name}")))
    found = document(mutants, phases, case=item.case.name, artifact=item.artifact.path.name, runtime=item.runtime)
    head = f"selftest of {item.case.name}: {item.artifact.path.name} in {item.runtime}"
    survived = [m for m in mutants if m.state == "survived"]
    measured = any(o.state != "not-measured" for m in counted(mutants) for o in m.outcomes)
    code = Exit.UNMEASURED if not measured else Exit.POLICY if survived else Exit.PASS
    return Answer(found, [head, "", *lines(mutants, phases)], code)


def _check(word: str, given: tuple[str, ...], known: list[str]) -> None:
    for name in given:
        if name not in known:
            raise UsageError(f"--{word}: there is no {word} {name!r}; known: {', '.join(known)}")


def _item(request: Request) -> Item:
    """The case's first artifact in its first runtime, or in the one that was named."""
    from parity.config import read
    from parity.flow.discover import items

    configuration = read(request.config)
    names = [case.name for case in configuration.cases]
    if request.case not in names:
        raise UsageError(f"there is no case {request.case!r} in {configuration.path}; it has {', '.join(names)}")
    runtimes = (request.runtime,) if request.runtime else ()
    found = [
        item for item in items(configuration, runtimes=runtimes) if item.case.name == request.case and item.phase != Phase.LATENCY
    ]
    if not found:
        raise UsageError(f"case {request.case!r} has no artifact for the runtime {request.runtime!r}")
    return found[0]
