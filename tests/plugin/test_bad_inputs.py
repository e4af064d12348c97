"""What cannot be judged ends in one clear error through the real `pytest --parity`: a domain, a sample, a damaged model."""

from __future__ import annotations

import json

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.tree import DecisionTreeRegressor
from xgboost import XGBRegressor

RNG = np.random.default_rng(0)
SAMPLE = pd.DataFrame({"age": RNG.integers(18, 58, 300), "income": RNG.uniform(0, 9, 300)})
TARGET = 0.5 * SAMPLE.age + 2.0 * SAMPLE.income


def damaged(field: str, value: int) -> DecisionTreeRegressor:
    model = DecisionTreeRegressor(max_depth=3).fit(SAMPLE, TARGET)
    state = model.tree_.__getstate__()
    nodes = state["nodes"].copy()
    nodes[field][1] = value
    model.tree_.__setstate__({**state, "nodes": nodes})
    return model


@pytest.fixture
def folder(pytester: pytest.Pytester) -> pytest.Pytester:
    where = pytester.path
    joblib.dump(DecisionTreeRegressor(max_depth=3).fit(SAMPLE, TARGET), where / "sound.joblib")
    joblib.dump(damaged("left_child", 0), where / "cycle.joblib")
    joblib.dump(damaged("left_child", -7), where / "negative.joblib")
    booster = XGBRegressor(n_estimators=2, max_depth=2, n_jobs=1).fit(SAMPLE, TARGET).get_booster()
    document = json.loads(bytes(booster.save_raw("json")))
    document["learner"]["gradient_booster"]["model"]["trees"][0]["split_conditions"][0] = float("nan")
    (where / "nan.json").write_text(json.dumps(document))
    SAMPLE.to_csv(where / "sample.csv", index=False)
    SAMPLE[["age"]].to_csv(where / "short.csv", index=False)
    (where / "model.fake").write_text("age = 0.5\nincome = 2.0\n")
    return pytester


def case(name: str, reference: str = "sound.joblib", data: str = "sample.csv", more: str = "") -> str:
    keys = f'name = "{name}"\nreference = "{reference}"\nartifacts = ["model.fake"]\ndata = "{data}"'
    return f"[[case]]\n{keys}\n{more}\n"


def told(folder: pytest.Pytester, *cases: str) -> tuple[int, str]:
    """Exit status and everything printed."""
    (folder.path / "parity.toml").write_text("schema = 1\n" + "".join(cases))
    result = folder.runpytest_subprocess("-p", "no:xdist", "--parity", "--parity-phase", "random", timeout=120)
    return int(result.ret), " ".join((result.stdout.str() + result.stderr.str()).split())


def test_a_range_without_a_number_is_refused_before_anything_is_opened(folder: pytest.Pytester) -> None:
    status, text = told(folder, case("upside-down", more="[case.columns.age]\nmin = 9\nmax = 3"))
    assert status == pytest.ExitCode.USAGE_ERROR
    assert text == "ERROR: parity.toml: case[0].columns.age.min: 9 is larger than max = 3; no value would be valid"


def test_each_model_that_cannot_be_judged_says_why_and_none_hangs_or_ends_the_run(folder: pytest.Pytester) -> None:
    status, text = told(
        folder,
        case("narrow", more="[case.columns.age]\nmin = 20.2\nmax = 20.8"),
        case("short", data="short.csv"),
        case("cycle", "cycle.joblib"),
        case("negative", "negative.joblib"),
        case("nan", "nan.json"),
    )
    assert status == pytest.ExitCode.USAGE_ERROR
    assert "5 failed" in text
    damaged = "the reference is not scored, as its trees contradict themselves: "
    for words in (
        "narrow: [case.columns.age] leaves nothing to draw: there is no whole number, as the sample has them, between 20.2 and",
        "the sample data lacks the column 'income'",
        f"cycle: {damaged}node 0 is a root and has a parent. Train it again",
        f"negative: {damaged}node 1 has one child. Train it again",
        f"nan: {damaged}node 0 compares with NaN. Train it again",
    ):
        assert words in text, (words, text)
