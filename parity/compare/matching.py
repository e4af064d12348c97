"""Which output of the reference is which output of the artifact. Decided by declarations, never by values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from parity.compare.labels import canonical
from parity.errors import MatchingError
from parity.values.signature import OutputKind, OutputSpec, Signature

NUMERIC_ORDER = (OutputKind.PROBABILITY, OutputKind.VALUE, OutputKind.MARGIN, OutputKind.EMBEDDING)
"""What an artifact's undeclared numeric output stands for, of what the reference offers: the first that is left."""


@dataclass(frozen=True)
class Pair:
    """One matched output. `kind` is the reference's; names are the two sides' own."""

    reference: OutputSpec
    runtime: OutputSpec

    @property
    def name(self) -> str:
        return self.reference.name

    @property
    def kind(self) -> OutputKind:
        return self.reference.kind or OutputKind.VALUE


@dataclass(frozen=True)
class Matched:
    """All pairs, and the outputs of the reference that the artifact does not export."""

    pairs: tuple[Pair, ...]
    not_exported: tuple[str, ...]


def match_outputs(
    reference: Signature, runtime: Signature, declared: Mapping[str, str] | None = None, ignored: Sequence[str] = ()
) -> Matched:
    """Every output of the artifact is matched or ignored on purpose; else MatchingError, which shows both lists."""
    declared = declared or {}
    _check_names(reference, runtime, declared, ignored)
    left = {o.name: o for o in reference.outputs}
    pairs = [Pair(left.pop(ours), _named(runtime, theirs)) for ours, theirs in declared.items()]
    taken = {p.runtime.name for p in pairs} | set(ignored)
    kinds = {o.kind for o in left.values()}
    # What has a partner of its own kind comes first: a margin must not take the probability that stands beside it.
    open_outputs = [o for o in runtime.outputs if o.name not in taken]
    for output in sorted(open_outputs, key=lambda o: (o.kind is None, o.kind not in kinds)):
        ours = _partner(output, left)
        if ours is None:
            raise MatchingError(_unmatched(output, reference, runtime))
        pairs.append(Pair(left.pop(ours.name), output))
    if not pairs:
        raise MatchingError(f"nothing to compare: every output of the artifact is ignored. {_both(reference, runtime)}")
    return Matched(tuple(pairs), tuple(left))


def _partner(output: OutputSpec, left: Mapping[str, OutputSpec]) -> OutputSpec | None:
    """The reference's output of the same kind; for a numeric output without a declared kind the first numeric one left."""
    if output.kind is not None:
        same = [o for o in left.values() if o.kind == output.kind]
        return next((o for o in same if o.name == output.name), same[0] if same else _loose(output, left))
    if output.name in left:
        return left[output.name]
    kinds = [OutputKind.LABEL] if output.type in ("string", "bool") else list(NUMERIC_ORDER)
    if output.type in ("int32", "int64"):
        kinds = [OutputKind.LABEL, OutputKind.VALUE]
    return next((o for kind in kinds for o in left.values() if o.kind == kind), None)


def _loose(output: OutputSpec, left: Mapping[str, OutputSpec]) -> OutputSpec | None:
    """Two sides may name one number differently: a regressor's `value` is a booster's `probability` or `margin`.

    They are compared as they are: if one is a margin and the other a probability, that is the finding.
    """
    numeric = (OutputKind.PROBABILITY, OutputKind.VALUE, OutputKind.MARGIN)
    if output.kind not in numeric:
        return None
    wanted = (
        numeric if len(left) and not any(o.kind == OutputKind.PROBABILITY for o in left.values()) else (OutputKind.PROBABILITY,)
    )
    return next((o for kind in wanted for o in left.values() if o.kind == kind), None)


def _named(signature: Signature, name: str) -> OutputSpec:
    return next(o for o in signature.outputs if o.name == name)


def _check_names(reference: Signature, runtime: Signature, declared: Mapping[str, str], ignored: Sequence[str]) -> None:
    ours, theirs = {o.name for o in reference.outputs}, {o.name for o in runtime.outputs}
    for name in declared:
        if name not in ours:
            raise MatchingError(f"outputs: the reference has no output {name!r}. {_both(reference, runtime)}; name one of them")
    for name in [*declared.values(), *ignored]:
        if name not in theirs:
            raise MatchingError(f"outputs: the artifact has no output {name!r}. {_both(reference, runtime)}; name one of them")


def _unmatched(output: OutputSpec, reference: Signature, runtime: Signature) -> str:
    return (
        f"the artifact's output {_shown(output)} has no partner in the reference. {_both(reference, runtime)}. "
        f'Name it in `outputs = {{ ours = "{output.name}" }}`, or leave it out on purpose: `ignore-outputs = ["{output.name}"]`.'
    )


def _both(reference: Signature, runtime: Signature) -> str:
    ours, theirs = (", ".join(_shown(o) for o in s.outputs) or "none" for s in (reference, runtime))
    return f"Reference: {ours}. Artifact: {theirs}"


def _shown(output: OutputSpec) -> str:
    return f"{output.name!r} ({output.kind or 'kind not declared'}, {output.type})"


def columns_of(pair: Pair, reference_width: int, runtime_width: int) -> tuple[list[int], list[int]] | None:
    """Column numbers of both sides that stand for the same thing, by class where both name classes, else by position.

    A single column for two classes is the last class. None where the widths do not fit: a finding of kind `shape`.
    """
    ours, theirs = pair.reference.classes, pair.runtime.classes
    if ours and theirs and len(ours) == reference_width and len(theirs) == runtime_width > 1:
        return _by_class([canonical(c) for c in ours], [canonical(c) for c in theirs])
    if reference_width == runtime_width:
        return list(range(reference_width)), list(range(runtime_width))
    if {reference_width, runtime_width} == {1, 2} and pair.kind in (OutputKind.PROBABILITY, OutputKind.MARGIN):
        return [reference_width - 1], [runtime_width - 1]
    return None


def _by_class(ours: list[str], theirs: list[str]) -> tuple[list[int], list[int]] | None:
    if set(ours) != set(theirs) or len(set(ours)) != len(ours):
        return None if len(ours) != len(theirs) else (list(range(len(ours))), list(range(len(theirs))))
    return list(range(len(ours))), [theirs.index(c) for c in ours]
