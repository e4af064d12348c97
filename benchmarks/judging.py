"""The pipeline as `pytest --parity` calls it, on one of the two models."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import models
from benchmarks.sessions import folder
from parity.pipeline import Workbench, items, run_item
from parity.values.case import Artifact, Case, Configuration
from parity.values.plan import Phase
from parity.values.settings import Settings

Judge = Callable[..., Any]


@contextlib.contextmanager
def judging(model: str) -> Iterator[Judge]:
    """A function that judges so many random rows, through one workbench. Its session keeps the flags of its first call."""
    case = Case(model, str(models.reference(model)), (Artifact(models.artifact(model), ("jpmml",)),), models.WORK)
    (item,) = items(Configuration(models.WORK, (case,)), phases=[Phase.RANDOM])
    bench = Workbench()
    with folder() as place:
        try:
            yield lambda rows, seed=0: run_item(item, Settings(place, rows=rows, seed=seed), bench)
        finally:
            bench.close()


def judge(model: str, rows: int) -> dict[str, Any]:
    """One item from nothing to its verdict."""
    with judging(model) as ask:
        result = ask(rows)
    return {"rows": result.rows, "compared": result.compared, "verdict": str(result.verdict), "reason": result.reason}
