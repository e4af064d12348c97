"""PFA documents as exporters lay them out, and with the faults of real exporters put in: each is found under its own name."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from parity.values.case import Artifact, Case
from parity.values.result import PhaseResult, Verdict
from tests.anatomy import pfa_documents as documents
from tests.real.judged import judged

pytestmark = pytest.mark.slow

NUMBERS = ["a", "b", "c"]
NULLABLE = [(name, "double") for name in NUMBERS]
Document = dict[str, Any]


@cache
def data() -> tuple[pd.DataFrame, pd.DataFrame, Any]:
    """Floats; doubles with missing ones and a column of text; the number that both tell."""
    rng = np.random.default_rng(0)
    singles = pd.DataFrame(rng.normal(size=(800, 3)).astype(np.float32), columns=NUMBERS)
    doubles = singles.astype(np.float64) + 1e-9
    number = doubles["a"] + doubles["b"] ** 2
    city = rng.choice(["Bern", "Oslo", "Paris", "Rome"], 800).astype(object)
    doubles = doubles.mask(rng.random((800, 3)) < 0.1)
    city[rng.random(800) < 0.1] = None
    return singles, doubles.assign(city=pd.Categorical(city)), number.to_numpy()


@cache
def made(which: str) -> tuple[Any, pd.DataFrame, Document]:
    singles, doubles, number = data()
    if which == "boosted":
        model = GradientBoostingRegressor(n_estimators=15, random_state=0).fit(singles, number)
        return model, singles, documents.gradient(model, NUMBERS)
    if which == "missing":
        model = HistGradientBoostingRegressor(max_iter=10, max_leaf_nodes=8).fit(doubles[NUMBERS], number)
        return model, doubles[NUMBERS], documents.histogram(model, NULLABLE)
    if which == "categories":
        label = (number + 2 * (doubles["city"] == "Rome") - (doubles["city"] == "Bern") > 1).astype(int)
        model = HistGradientBoostingClassifier(max_iter=8, max_leaf_nodes=8, categorical_features=["city"]).fit(doubles, label)
        levels = {"city": list(doubles["city"].cat.categories)}
        return model, doubles, documents.histogram(model, [*NULLABLE, ("city", "string")], levels)
    if which == "tree":
        model = DecisionTreeClassifier(max_depth=4, random_state=0).fit(singles, np.digitize(number, [0.0, 1.0]))
        return model, singles, documents.lookup(model, NUMBERS)
    model = LogisticRegression().fit(singles, number > 0.5)
    return model, singles, documents.regression(model.coef_[0], model.intercept_[0], NUMBERS)


def nodes(document: Document) -> list[Any]:
    """All nodes of all trees."""
    found = list[Any]()
    todo: list[Any] = [document]
    while todo:
        one = todo.pop()
        if isinstance(one, dict):
            found += [one] if "operator" in one and "pass" in one else []
            todo += one.values()
        elif isinstance(one, list):
            todo += one
    return found


def every_node(change: Callable[[Any], None]) -> Callable[[Document], None]:
    def edit(document: Document) -> None:
        for node in nodes(document):
            change(node)

    return edit


def thresholds(change: Callable[[float], float]) -> Callable[[Document], None]:
    def edit(node: Any) -> None:
        if isinstance(node["value"], float):
            node["value"] = change(node["value"])
        elif "double" in node["value"]:
            node["value"]["double"] = change(node["value"]["double"])

    return every_node(edit)


def text(old: str, new: str) -> Callable[[Document], None]:
    def edit(document: Document) -> None:
        changed = json.loads(json.dumps(document).replace(old, new))
        document.clear()
        document.update(changed)

    return edit


def cell(name: str, **changes: Any) -> Callable[[Document], None]:
    return lambda document: document["cells"][name].update(changes)


FAULTS: dict[str, tuple[str, Callable[[Document], Any], str]] = {
    "strict": ("boosted", text('"<="', '"<"'), "strict-comparison"),
    "strict of a tree": ("tree", text('"<="', '"<"'), "strict-comparison"),
    "float thresholds": ("boosted", thresholds(lambda t: float(np.float32(t))), "float32-thresholds"),
    "four digits": ("boosted", thresholds(lambda t: float(f"{t:.4g}")), "rounded-thresholds"),
    "a tree lost": ("boosted", lambda d: d["cells"]["trees"]["init"].pop(5), "trees-dropped"),
    "the last tree lost": ("boosted", lambda d: d["cells"]["trees"]["init"].pop(), "trees-dropped"),
    "rate lost": ("boosted", cell("learningRate", init=1.0), "leaf-values"),
    "base lost": ("boosted", cell("intercept", init=0.0), "base-score"),
    "mean for sum": ("boosted", text('"a.sum"', '"a.mean"'), "averaged-for-summed"),
    "missing fails": ("missing", every_node(lambda n: n.update(missing=n["fail"])), "missing-direction-dropped"),
    "a category renamed": ("categories", text('"Rome"', '"Roma"'), "categories-lost"),
    "no link": ("categories", text('{"m.link.logit": [', '{"cast.double": ['), "raw-margin"),
    "classes turned": (
        "tree", lambda d: [v.reverse() for v in d["cells"]["prediction_lookup"]["init"].values()], "classes-permuted",
    ),
    "the other class": ("linear", lambda d: d["action"][2]["new"].reverse(), "complement"),
    "constant lost": ("linear", lambda d: d["cells"]["glm_model"]["init"].update(const=0.0), "base-score"),
    "columns turned": ("linear", lambda d: d["action"][0]["let"]["glm_input"]["new"].reverse(), "columns-swapped"),
}  # fmt: skip


def asked(which: str, document: Document, where: Path, *phases: str) -> list[PhaseResult]:
    model, sample, _ = made(which)
    path = where / "model.pfa"
    path.write_text(json.dumps(document))
    case = Case("case", model, (Artifact(path, ("pfa",)),), where, data=sample, source="test")
    return judged(case, where, *phases)


@pytest.mark.parametrize("which", ["boosted", "missing", "categories", "tree", "linear"])
def test_a_plain_document_agrees_on_every_row(which: str, tmp_path: Path) -> None:
    for result in asked(which, made(which)[2], tmp_path, "examples", "boundary", "special"):
        assert result.verdict == Verdict.PASS, (result.phase, result.reason)


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_is_found_under_its_name(fault: str, tmp_path: Path) -> None:
    which, edit, cause = FAULTS[fault]
    document: Document = json.loads(json.dumps(made(which)[2]))
    edit(document)
    failed = [r for r in asked(which, document, tmp_path, "examples", "boundary") if r.verdict == Verdict.FAIL]
    assert failed
    named = {f.cause.name if f.cause else None for r in failed for f in r.findings if not f.off_domain and f.rows > 2}
    assert named == {cause}
