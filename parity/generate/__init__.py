"""Chooses inputs. Same seed, same rows: in every process, for every runtime."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from parity.generate.asking import Tell, unheard
from parity.generate.boundary import boundary
from parity.generate.coverage import Coverage
from parity.generate.domain import schema_of
from parity.generate.examples import examples
from parity.generate.plans import mixtures
from parity.generate.random_rows import Source, fill
from parity.generate.seeds import stream
from parity.generate.special import special
from parity.generate.subject import Subject
from parity.generate.typical import typical_row
from parity.generate.valid import valid_rows
from parity.generate.worst import SEARCH, Search
from parity.values.plan import Budget, Chunk, Mixture, Phase

# Cells of a chunk, 16 MB of doubles: wide rows come in smaller chunks, so that memory does not grow with the columns.
MOST_CELLS = 2_000_000

__all__ = ["SEARCH", "Coverage", "Search", "Subject", "chunks", "generator_name", "schema_of", "typical_row", "valid_rows"]


def chunks(phase: Phase, subject: Subject, seed: int, budget: Budget, tell: Tell = unheard) -> Iterator[Chunk]:
    """The rows of a phase, in chunks that are made when they are asked for. `latency` has no rows of its own.

    `tell` hears, in words, which rows could not be made and why.
    """
    cells = max(1, sum(math.prod(c.shape) for c in subject.schema.columns))
    budget = replace(budget, chunk_rows=max(1, min(budget.chunk_rows, MOST_CELLS // cells)))
    if phase == Phase.EXAMPLES:
        yield from examples(subject, budget)
    elif phase == Phase.BOUNDARY:
        yield from boundary(subject, seed, budget, tell)
    elif phase == Phase.SPECIAL:
        yield from special(subject, seed, budget)
    elif phase == Phase.RANDOM:
        yield from _random(subject, seed, budget)
    elif phase == Phase.INVARIANCE:
        yield _together(subject, seed, budget)


def _random(subject: Subject, seed: int, budget: Budget) -> Iterator[Chunk]:
    source = Source(subject)
    for mixture in mixtures(seed, budget.random_rows, budget.chunk_rows, source.generators()):
        rng = stream(seed, subject.case_name, Phase.RANDOM, mixture.stream)
        batch = fill(source, mixture, rng)
        yield Chunk(Phase.RANDOM, batch, mixture.generator, valid_rows(subject.schema, batch), generator=mixture.generator)


def _together(subject: Subject, seed: int, budget: Budget) -> Chunk:
    """One batch for phase invariance: rows of every generator, in mixed order, so that each has others beside it."""
    source, rng = Source(subject), stream(seed, subject.case_name, Phase.INVARIANCE, 0)
    names = source.generators()
    parts = [fill(source, Mixture(name, -(-budget.invariance_rows // len(names)), 0.05, 0), rng) for name in names]
    rows = pa.Table.from_batches(parts).combine_chunks().to_batches()[0]
    batch = rows.take(pa.array(rng.permutation(rows.num_rows)[: budget.invariance_rows]))
    return Chunk(Phase.INVARIANCE, batch, "invariance", valid_rows(subject.schema, batch), generator="invariance")


def generator_name(phase: Phase, subject: Subject) -> str:
    """What a phase's rows were drawn from, in words: the population that a rate over `random` speaks of."""
    if phase == Phase.RANDOM:
        return "mixture of " + ", ".join(Source(subject).generators())
    return {Phase.EXAMPLES: "sample" if subject.sample is not None else "typical"}.get(phase, phase.value)
