"""What there is to judge: one item per case, artifact, runtime and phase."""

from __future__ import annotations

import difflib
import fnmatch
from collections.abc import Iterator, Sequence

from parity.errors import UsageError
from parity.runtimes import find, runtime_for
from parity.values.case import Artifact, Case, Configuration
from parity.values.plan import Phase
from parity.values.settings import Item


def items(
    configuration: Configuration, *, runtimes: Sequence[str] = (), phases: Sequence[str] = (), cases: Sequence[str] = ()
) -> list[Item]:
    """All items, narrowed by runtimes, phases and globs over case names. UsageError for a name that is unknown."""
    _known("", "runtime", runtimes, list(find()))
    _known("", "phase", phases, [str(p) for p in Phase])
    named = [c for c in configuration.cases if not cases or any(fnmatch.fnmatchcase(c.name, glob) for glob in cases)]
    return [item for case in named for item in _of_case(case, configuration, runtimes, phases)]


def _of_case(case: Case, configuration: Configuration, runtimes: Sequence[str], phases: Sequence[str]) -> Iterator[Item]:
    pairs = [(artifact, name) for artifact in case.artifacts for name in _runtimes_of(case, artifact)]
    for artifact, name in pairs:
        if runtimes and name not in runtimes:
            continue
        required = name in configuration.required_runtimes or bool(artifact.runtimes) or len(pairs) == 1 or name in runtimes
        shared = sum(other == name for _, other in pairs) > 1
        prefix = f"{artifact.path.name}-{name}" if shared else name
        for phase in Phase:
            if not phases or phase in phases:
                yield Item(case, artifact, name, phase, f"{prefix}-{phase}", required, configuration.known)


def _runtimes_of(case: Case, artifact: Artifact) -> tuple[str, ...]:
    """The named runtimes, each of which must exist, or the default one of the artifact's format."""
    if not artifact.runtimes:
        return (runtime_for(artifact.path).name,)
    _known(f"{case.name}: ", "runtime", artifact.runtimes, list(find()))
    return artifact.runtimes


def _known(where: str, word: str, given: Sequence[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise UsageError(f"{where}unknown {word} {name!r}{hint} Known: {', '.join(sorted(known))}")
