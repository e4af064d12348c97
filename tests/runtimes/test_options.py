from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from parity.errors import ConfigurationError
from parity.runtimes import find
from parity.values.case import Artifact


def options(runtime: str, **given: Any) -> dict[str, str]:
    return find()[runtime].options(Artifact(Path("model.bin"), options=given))


def test_values_are_put_into_java_s_spelling() -> None:
    assert options("xgboost4j", missing=-999) == {"missing": "-999.0"}
    assert options("xgboost4j", missing=math.nan) == {"missing": "NaN"}
    assert options("xgboost4j", missing=-math.inf) == {"missing": "-Infinity"}
    assert options("onnxruntime", threads=2, optimization="basic") == {"threads": "2", "optimization": "basic"}
    assert options("jpmml") == {}


@pytest.mark.parametrize(
    ("runtime", "given", "message"),
    [
        ("xgboost4j", {"mising": 0}, "not know the option 'mising' of model.bin: did you mean 'missing'. it knows missing"),
        ("jpmml", {"threads": 1}, "jpmml does not know the option 'threads' of model.bin: it takes none"),
        ("onnxruntime", {"threads": 0}, "option threads of model.bin for onnxruntime is 0, wanted a whole number of at least 1"),
        ("onnxruntime", {"threads": True}, "is True, wanted a whole number"),
        ("onnxruntime", {"optimization": "full"}, "is 'full', wanted one of none, basic, extended, all"),
        ("xgboost4j", {"missing": "NaN"}, "is 'NaN', wanted a number"),
    ],
)
def test_a_wrong_option_is_said_with_what_is_known(runtime: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        options(runtime, **given)
