"""One test item per case, artifact, runtime and phase."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Any, Protocol

import pytest

from parity.errors import ParityError, UnmeasurableError
from parity.plugin.case import DeclaredCase
from parity.plugin.outcomes import NotPassedError, conclude, skip
from parity.plugin.progress import Progress
from parity.plugin.travel import pack, pack_wrong
from parity.values.case import Case
from parity.values.plan import Phase
from parity.values.result import PhaseResult, Verdict
from parity.values.settings import Item, Settings

NOT_UNDER_XDIST = "latency is not measured under pytest-xdist, where other items run beside it: add -p no:xdist, or leave out -n"


class Judge(Protocol):
    """What an item needs of the session it runs in."""

    settings: Settings
    parallel: bool

    def run(self, item: Item, progress: Progress) -> PhaseResult: ...
    def describe(self, result: PhaseResult) -> list[str]: ...


class ParityItem(pytest.Item):
    """Runs one phase. `judge` is the plugin's session."""

    def __init__(self, *, item: Item, judge: Judge, declared: DeclaredCase | None = None, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.item = item
        self.judge = judge
        self.declared = declared

    def runtest(self) -> None:
        if self.item.phase is Phase.LATENCY and self.judge.parallel:
            skip(NOT_UNDER_XDIST)
        result = self._measure()
        self.user_properties.extend(pack(result))
        conclude(result, self.item.required, self.judge.describe(result))

    def _measure(self) -> PhaseResult:
        """The phase's result; what this machine cannot measure is one too, what the user got wrong is raised after it is kept."""
        started = time.perf_counter()
        try:
            item = self.item if self.declared is None else dataclasses.replace(self.item, case=self._case(self.declared))
            with Progress(self.config, self.item.phase) as progress:
                return self.judge.run(item, progress)
        except UnmeasurableError as error:
            return self.unmeasured(str(error), time.perf_counter() - started)
        except ParityError as error:
            self.user_properties.extend(pack(self.unmeasured(str(error), time.perf_counter() - started)))
            self.user_properties.append(pack_wrong(f"{self.item.case.name}: {error}"))
            raise

    def _case(self, declared: DeclaredCase) -> Case:
        return dataclasses.replace(self.item.case, reference=declared.reference())

    def unmeasured(self, reason: str, seconds: float) -> PhaseResult:
        """The item's result where it came to none."""
        case, artifact, runtime, phase = key_of(self.item)
        return PhaseResult(
            case=case,
            artifact=artifact,
            runtime=runtime,
            phase=phase,
            verdict=Verdict.NOT_MEASURED,
            reason=reason,
            seconds=seconds,
        )

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, (NotPassedError, ParityError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.name


def key_of(item: Item) -> tuple[str, str, str, Phase]:
    """What the result of an item is known by."""
    return item.case.name, item.artifact.path.name, item.runtime, item.phase


def make_items(
    parent: pytest.Collector, items: list[Item], judge: Judge, declared: DeclaredCase | None = None
) -> list[ParityItem]:
    """Test items under a file or module, named `case[artifact-runtime-phase]`.

    The node id is given as text: pytest 9.2 makes another id of a name with brackets than it reads back for `--lf`.
    """
    names = [f"{item.case.name}[{item.id}]" for item in items]
    return [
        ParityItem.from_parent(parent, name=name, nodeid=f"{parent.nodeid}::{name}", item=item, judge=judge, declared=declared)
        for name, item in zip(names, items, strict=True)
    ]
