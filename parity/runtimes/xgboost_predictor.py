"""H2O's pure-Java XGBoost predictor. It reads the binary format that XGBoost wrote until 3.0, and none of the newer ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from parity.runtimes.content import head, is_legacy_xgboost
from parity.runtimes.options import checked, one_of
from parity.runtimes.repro import Call, Java, as_float, blocks, refused
from parity.values.case import Artifact

IMPORTS = (
    "biz.k11i.xgboost.Predictor",
    "biz.k11i.xgboost.util.FVec",
    "java.io.InputStream",
    "java.nio.file.Files",
    "java.nio.file.Path",
)
PREDICT = """\
Predictor predictor;
try (InputStream stream = Files.newInputStream(Path.of(artifact))) {
  predictor = new Predictor(stream);
}
float[] row = new float[WIDTH];
FILL
FVec vector = FVec.Transformer.fromArray(row, ZERO);
ANSWER
Object[] values = new Object[answer.length];
for (int i = 0; i < values.length; i++) {
  values[i] = answer[i];
}
return values;"""
ANSWERS = {
    "prediction": "float[] answer = predictor.predict(vector);",
    "margin": "float[] answer = predictor.predict(vector, true);",
    "leaf": "int[] answer = predictor.predictLeaf(vector);",
}


@dataclass(frozen=True)
class XgboostPredictor:
    """See `parity.runtimes.runtime.Runtime`.

    Options: `output` (prediction, margin or leaf; prediction without it), and `zero-as-missing`, which callers choose when they
    make the predictor's vectors (false without it).
    """

    name: str = "xgboost-predictor"
    format: str = "XGBoost's old binary format"
    suffixes: frozenset[str] = frozenset({".deprecated", ".model", ".xgb"})
    scorer: str = "parity.xgboostpredictor.XgboostPredictorScorer"
    licence: str = "Apache-2.0"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        return is_legacy_xgboost(head(artifact))

    def options(self, artifact: Artifact) -> dict[str, str]:
        known = {"output": one_of("prediction", "margin", "leaf"), "zero-as-missing": _flag}
        return checked(self.name, artifact, known)

    def repro(self, call: Call) -> Java:
        """A vector over one row of floats; a missing cell is NaN."""
        for cell in call.cells:
            if isinstance(cell.value, str):
                return refused(f"column {cell.column} holds text, but the predictor takes float[]")
        calls, methods = blocks("fill", "float[] row", [f"row[{i}] = {as_float(c)};" for i, c in enumerate(call.cells)])
        filled = PREDICT.replace("WIDTH", str(len(call.cells))).replace("FILL", calls)
        filled = filled.replace("ZERO", call.options.get("zero-as-missing", "false"))
        return Java(IMPORTS, filled.replace("ANSWER", ANSWERS[call.output.name]), methods)


def _flag(value: Any) -> str:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return str(value).lower()


RUNTIME = XgboostPredictor()
