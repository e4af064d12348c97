"""`parity init`: a first `parity.toml`, of the models and artifacts that lie in the folder."""

from __future__ import annotations

import json
from pathlib import Path

from parity.commands.answer import Answer
from parity.errors import StoreError, UsageError

MODELS = (".joblib", ".pkl")
ARTIFACTS = (".onnx", ".pmml", ".ubj", ".json")
DATA = (".parquet", ".feather", ".csv")

HEAD = """\
# What `pytest --parity` judges. Paths are relative to this file.
schema = 1
"""
CASE = """
[[case]]
name = {name}
reference = {reference}        # or "package.module:attribute"
artifacts = [{artifacts}]
{data}
"""
TEMPLATE_DATA = '# data = "sample.parquet"      # real rows make the search realistic: .parquet, .csv or .feather'
TAIL = """
# [case.columns.age]             # what is valid, where the sample does not tell
# min = 18
# max = 120
# missing = false

# [require]
# runtimes = ["onnxruntime"]     # one that is absent fails, and is never skipped

# [gate]
# max-abs = { warn = 1e-7, error = 1e-5, reason = "scores are shown with 4 digits" }
"""


def init(folder: Path) -> Answer:
    """Write `parity.toml`: a case for each model beside which an artifact of the same stem lies, else an example.

    Raises UsageError where there is one already.
    """
    path = folder / "parity.toml"
    if path.exists():
        raise UsageError(f"{path} is there already; edit it, or remove it first.")
    found = _pairs(folder)
    text = HEAD + "".join(_case(model, artifacts) for model, artifacts in found.items())
    text += "" if found else CASE.format(name='"churn"', reference='"churn.joblib"', artifacts='"churn.onnx"', data=TEMPLATE_DATA)
    try:
        path.write_text(text + TAIL, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror}). Run parity init in a folder that can.") from error
    names = [model.stem for model in found]
    told = f"with {len(names)} cases: {', '.join(names)}" if names else "with an example: put your model and artifact in"
    return Answer({"path": str(path), "cases": names}, [f"wrote {path} {told}", "next: pytest --parity"])


def _pairs(folder: Path) -> dict[Path, list[Path]]:
    models = sorted(path for path in folder.iterdir() if path.suffix in MODELS)
    beside = {
        model: [model.with_suffix(suffix) for suffix in ARTIFACTS if model.with_suffix(suffix).is_file()] for model in models
    }
    return {model: artifacts for model, artifacts in beside.items() if artifacts}


def _case(model: Path, artifacts: list[Path]) -> str:
    rows = next((model.with_suffix(suffix) for suffix in DATA if model.with_suffix(suffix).is_file()), None)
    return CASE.format(
        name=_quoted(model.stem),
        reference=_quoted(model.name),
        artifacts=", ".join(_quoted(path.name) for path in artifacts),
        data=f"data = {_quoted(rows.name)}" if rows else TEMPLATE_DATA,
    )


def _quoted(text: str) -> str:
    """A TOML basic string: JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False)
