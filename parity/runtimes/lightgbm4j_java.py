"""One call of LightGBM4J as Java text: `predictForMat` on one row of doubles."""

from __future__ import annotations

from parity.runtimes.repro import Call, Cell, Java, blocks, literal, refused

IMPORTS = ("com.microsoft.ml.lightgbm.PredictionType", "io.github.metarank.lightgbm4j.LGBMBooster")
PREDICT = """\
LGBMBooster.loadNative();
LGBMBooster booster = LGBMBooster.createFromModelfile(artifact);
double[] row = new double[WIDTH];
FILL
double[] answer = booster.predictForMat(row, 1, row.length, true, PredictionType.TYPE, "num_threads=1");
Object[] values = new Object[answer.length];
for (int i = 0; i < values.length; i++) {
  values[i] = CASTanswer[i];
}
return values;"""

TYPES = {"prediction": "C_API_PREDICT_NORMAL", "margin": "C_API_PREDICT_RAW_SCORE", "leaf": "C_API_PREDICT_LEAF_INDEX"}


def repro(call: Call) -> Java | None:
    """The row in the order of the binding, a missing cell as NaN. None for the C interface below the wrapper."""
    if call.options.get("api") == "direct":
        return None
    for cell in call.cells:
        if isinstance(cell.value, str):
            return refused(f"column {cell.column} holds text, but LightGBM4J takes double[]")
    calls, methods = blocks("fill", "double[] row", [f"row[{i}] = {_double(c)};" for i, c in enumerate(call.cells)])
    asked = PREDICT.replace("TYPE", TYPES[call.output.name]).replace("CAST", "(int) " if call.output.name == "leaf" else "")
    return Java(IMPORTS, asked.replace("WIDTH", str(len(call.cells))).replace("FILL", calls), methods)


def _double(cell: Cell) -> str:
    """Whole numbers and floats are widened by Java itself."""
    if cell.value is None:
        return "Double.NaN"
    return f"{int(cell.value)}" if isinstance(cell.value, bool) else literal(cell)
