"""Faults put into exported models: is their cause named, and is a wrong one ever named?

Every fault of `parity selftest` that has a place in the model, in nine pairs of model and runtime: the demo's models that are
scored right (linear and XGBoost, in ONNX, PMML and XGBoost's format), gradient boosting of scikit-learn in ONNX and LightGBM's
own format, both trained with missing values. Each mutant is searched and diagnosed as a run does it, with fewer rows. Its cause
is right where findings that are not there without the fault name the fault's mechanism and nothing else; a false confirmation is
a finding with any other cause. Left out are mutants without such a finding, which is the matter of the benchmark kill_rate.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.result import Figure, Result, method_of, publish
from parity.config import read
from parity.demo import data, models
from parity.demo.project import CASES, write_project
from parity.flow.discover import items
from parity.flow.findings import Diagnosed, diagnosed
from parity.flow.inputs import budget_of
from parity.flow.sides import Sides, Workbench
from parity.selftest.background import Phased, tally_of
from parity.selftest.faults import FAULTS, Fault
from parity.selftest.mutants import Absent, with_fault
from parity.values.case import Artifact, Case, Configuration
from parity.values.plan import Phase
from parity.values.settings import Item, Settings

RIGHT: dict[str, tuple[str, ...]] = {
    "columns-swapped": ("columns-swapped",),
    "zero-and-missing-swapped": ("zero-and-missing-exchanged", "zero-as-missing", "missing-as-zero"),
    "last-tree-dropped": ("trees-dropped",),
    "thresholds-float32": ("float32-thresholds",),
    "thresholds-one-ulp": ("threshold-values", "strict-comparison"),
    "strict-comparison": ("strict-comparison", "threshold-values"),
    "one-missing-direction": ("missing-direction-flipped", "missing-direction-dropped"),
    "leaf-one-ulp": ("leaf-values",),
    "leaf-times-1e-6": ("leaf-values", "coefficient-values", "scores-scaled", "sigmoid-scale"),
    "leaf-times-1e-4": ("leaf-values", "coefficient-values", "scores-scaled", "sigmoid-scale"),
    "coefficient-float32": ("coefficient-values",),
    "scaler-mean-float32": ("float32-scaler",),
    "intercept-dropped": ("base-score",),
    "categories-swapped": ("categories-permuted",),
    "text-pattern": ("text-pattern",),
    "text-case": ("case-folding",),
    "class-order": ("classes-permuted", "complement"),
    "label-shifted": ("labels-permuted",),
    "stale-rows": ("stale-rows",),
}
"""What each fault does, in the words of the causes. Two words where the same answers have two true descriptions: the next number
after a threshold of XGBoost is the other comparison; leaves times a factor are margins times it, where there is no base score.
"""
PHASES = (Phase.BOUNDARY, Phase.SPECIAL, Phase.RANDOM)
ROWS = 500


@dataclass(frozen=True)
class Told:
    """What was said of one mutant: the causes of its new findings, "" for a finding without one."""

    model: str
    fault: str
    causes: frozenset[str]

    @property
    def wrong(self) -> frozenset[str]:
        """Right causes may be one of two that are named together."""
        return frozenset(c for c in self.causes - {""} if not set(c.split(" + ")) & set(RIGHT[self.fault]))

    @property
    def right(self) -> bool:
        return bool(self.causes - {""}) and not self.wrong


def measure() -> Result:
    with tempfile.TemporaryDirectory() as place:
        told = [t for item in _items(Path(place)) for t in _told(item, Path(place))]
    found = [t for t in told if t.causes]
    right, wrong = sum(t.right for t in found), [t for t in found if t.wrong]
    silent = [f"{t.model}: {t.fault}" for t in found if not t.right and not t.wrong]
    named = "; ".join(f"{t.model}: {t.fault} called {', '.join(sorted(t.wrong))}" for t in wrong)
    figures = (
        Figure(
            "cause right",
            right / len(found),
            at_least=0.95,
            note=f"{right} of {len(found)}; no cause: {', '.join(silent) or '-'}",
        ),
        Figure("false confirmations", len(wrong), "mutants", at_most=0, note=named),
        *(_by_fault(fault, found) for fault in RIGHT if any(t.fault == fault for t in found)),
    )
    return Result("causes", figures, method_of(__doc__), raw={f"{t.model} {t.fault}": sorted(t.causes) for t in told})


def _by_fault(fault: str, found: list[Told]) -> Figure:
    mine = [t for t in found if t.fault == fault]
    return Figure(f"{fault}: right", sum(t.right for t in mine), f"of {len(mine)}")


def _items(folder: Path) -> list[Item]:
    write_project(folder, _quiet)
    clean = [case.name for case in CASES if not case.fails_in]
    told = [i for i in items(read(folder)) if i.phase == Phase.RANDOM and i.case.name in clean]
    return [*items(Configuration(folder, tuple(_more(folder))), phases=[Phase.RANDOM]), *reversed(told)]


def _more(folder: Path) -> Iterator[Case]:
    """Models that have learned where missing values go."""
    from lightgbm import LGBMClassifier
    from sklearn.ensemble import HistGradientBoostingClassifier

    frame, species = data.penguins(known_sex=False)
    histogram = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=8, random_state=0).fit(frame, species)
    models.to_onnx(models.Trained(histogram, frame, "species"), folder / "histogram.onnx")
    yield Case("penguin-histogram", histogram, (Artifact(folder / "histogram.onnx"),), folder, data=frame, source="benchmark")
    light = LGBMClassifier(n_estimators=20, num_leaves=8, random_state=0, n_jobs=1, verbose=-1).fit(frame, species)
    light.booster_.save_model(folder / "light.txt")
    direct = Artifact(folder / "light.txt", options={"api": "direct"})  # the wrapper's call ends the process for three classes
    yield Case("penguin-lightgbm", light, (direct,), folder, data=frame, source="benchmark")


def _told(item: Item, folder: Path) -> Iterator[Told]:
    settings, clean, mutants = Settings(folder / ".parity", profile="dev", rows=ROWS), Workbench(), Workbench()
    name = f"{item.case.name} in {item.runtime}"
    print(name, flush=True)
    try:
        sides = clean.sides(item, settings, budget_of(settings))
        before = {_key(f) for f in _findings(sides, settings)}
        for fault in FAULTS:
            made = with_fault(sides, fault, settings, mutants, folder)
            if not isinstance(made, Absent):
                yield _of(name, fault, _findings(made, settings), before)
    finally:
        clean.close()
        mutants.close()


def _of(name: str, fault: Fault, found: list[Diagnosed], before: set[Any]) -> Told:
    """One that is told off-domain counts only where there is no other."""
    new = [f for f in found if _key(f) not in before]
    new = [f for f in new if not f.key.off_domain] or new
    causes = frozenset(f.cause.name if f.cause else "" for f in new)
    print(f"  {fault.name}: {', '.join(sorted(c or 'no cause' for c in causes)) or 'nothing found'}", flush=True)
    return Told(name, fault.name, causes)


def _key(found: Diagnosed) -> Any:
    return found.key.kind, found.key.output, found.mark


def _findings(sides: Sides, settings: Settings) -> list[Diagnosed]:
    tallies = [(asked.sides, tally_of(asked)) for asked in (Phased(sides, settings, phase) for phase in PHASES)]
    return [one for asked, tally in tallies for one in diagnosed(asked, tally.groups, tally.agreeing)]


def _quiet(text: str) -> None:
    """No progress is shown."""


if __name__ == "__main__":
    publish(measure)
