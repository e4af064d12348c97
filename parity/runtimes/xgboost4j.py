"""XGBoost4J: plain `predict` on a DMatrix, all rounds, one thread."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.content import is_xgboost
from parity.runtimes.options import checked, number
from parity.runtimes.repro import Call, Java, as_float, blocks, refused
from parity.values.case import Artifact

IMPORTS = (
    "ml.dmlc.xgboost4j.java.Booster",
    "ml.dmlc.xgboost4j.java.DMatrix",
    "ml.dmlc.xgboost4j.java.XGBoost",
)
PREDICT = """\
Booster booster = XGBoost.loadModel(artifact);
booster.setParam("nthread", 1);
float[] row = new float[WIDTH];
FILL
float[] predicted = booster.predict(new DMatrix(row, 1, WIDTH, MISSING))[0];
Object[] values = new Object[predicted.length];
for (int i = 0; i < values.length; i++) {
  values[i] = predicted[i];
}
return values;"""


@dataclass(frozen=True)
class Xgboost4j:
    """See `parity.runtimes.runtime.Runtime`. Option `missing`: the value that stands for a missing cell beside null."""

    name: str = "xgboost4j"
    format: str = "XGBoost JSON or UBJSON"
    suffixes: frozenset[str] = frozenset({".json", ".ubj", ".model", ".xgb"})
    scorer: str = "parity.xgboost4j.Xgboost4jScorer"
    licence: str = "Apache-2.0"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        return is_xgboost(artifact)

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {"missing": number})

    def repro(self, call: Call) -> Java:
        """A DMatrix of one row of floats, and plain `predict`; a missing cell is NaN, missing whatever the option says."""
        for cell in call.cells:
            if isinstance(cell.value, str):
                return refused(f"column {cell.column} holds text, but XGBoost4J takes float[]")
        calls, methods = blocks("fill", "float[] row", [f"row[{i}] = {as_float(c)};" for i, c in enumerate(call.cells)])
        missing = call.options.get("missing", "NaN")
        known = f"Float.{missing}" if missing == "NaN" else f'Float.parseFloat("{missing}")'
        text = PREDICT.replace("WIDTH", str(len(call.cells))).replace("FILL", calls).replace("MISSING", known)
        return Java(IMPORTS, text, methods)


RUNTIME = Xgboost4j()
