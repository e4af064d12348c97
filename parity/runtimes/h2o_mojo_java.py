"""One call of h2o-genmodel as Java text: through EasyPredictModelWrapper, and through `score0`."""

from __future__ import annotations

from parity.runtimes.repro import Call, Cell, Fed, Java, blocks, literal, refused, text
from parity.values.columns import ColumnType

EASY_IMPORTS = (
    "hex.genmodel.MojoModel",
    "hex.genmodel.easy.EasyPredictModelWrapper",
    "hex.genmodel.easy.RowData",
    "hex.genmodel.easy.prediction.AbstractPrediction",
    "hex.genmodel.easy.prediction.BinomialModelPrediction",
    "hex.genmodel.easy.prediction.MultinomialModelPrediction",
    "hex.genmodel.easy.prediction.OrdinalModelPrediction",
    "hex.genmodel.easy.prediction.RegressionModelPrediction",
)
EASY = """\
MojoModel model = MojoModel.load(artifact);
EasyPredictModelWrapper wrapper = new EasyPredictModelWrapper(
    new EasyPredictModelWrapper.Config()
        .setModel(model)
        .setConvertUnknownCategoricalLevelsToNa(UNKNOWN)
        .setConvertInvalidNumbersToNa(INVALID)
        .setEnableLeafAssignment(LEAF));
RowData row = new RowData();
FILL
AbstractPrediction prediction = wrapper.predict(row);
"""
DIRECT = """\
MojoModel model = MojoModel.load(artifact);
double[] row = new double[WIDTH];
FILL
double[] answer = model.score0(row, new double[model.getPredsSize()]);
"""
BOX = """
Object[] values = new Object[found.length];
for (int i = 0; i < values.length; i++) {
  values[i] = found[i];
}
return values;"""
EASY_READ = {
    "value": "return new Object[] {((RegressionModelPrediction) prediction).value};",
    "label": """\
String label = prediction instanceof BinomialModelPrediction two ? two.label
    : prediction instanceof MultinomialModelPrediction more ? more.label : ((OrdinalModelPrediction) prediction).label;
return new Object[] {label};""",
    "probability": """\
double[] found = prediction instanceof BinomialModelPrediction two ? two.classProbabilities
    : prediction instanceof MultinomialModelPrediction more ? more.classProbabilities
    : ((OrdinalModelPrediction) prediction).classProbabilities;"""
    + BOX,
    "leaf": """\
int[] found = prediction instanceof BinomialModelPrediction two ? two.leafNodeAssignmentIds
    : prediction instanceof MultinomialModelPrediction more ? more.leafNodeAssignmentIds
    : ((RegressionModelPrediction) prediction).leafNodeAssignmentIds;"""
    + BOX,
}
DIRECT_READ = {
    "value": "return new Object[] {answer[0]};",
    "label": "return new Object[] {model.getDomainValues(model.getResponseIdx())[(int) answer[0]]};",
    "probability": "double[] found = Arrays.copyOfRange(answer, 1, answer.length);" + BOX,
}


def easy(call: Call) -> Java:
    """A RowData as the scorer makes it: a missing cell is an absent key, numbers are Double, levels are String."""
    calls, methods = blocks("fill", "RowData row", [_put(fed, cell) for fed in call.inputs for cell in fed.cells[:1]])
    score = EASY.replace("FILL", calls)
    for place, option in (("UNKNOWN", "unknown-as-missing"), ("INVALID", "invalid-as-missing"), ("LEAF", "leaf")):
        score = score.replace(place, call.options.get(option, "false"))
    return Java(EASY_IMPORTS, score + EASY_READ[call.output.name], methods)


def direct(call: Call) -> Java:
    """The row encoded here, as a caller of `score0` has to: a level is its place in the domain, missing is NaN."""
    statements = []
    for i, fed in enumerate(call.inputs):
        number = _encoded(fed, call.options.get("unknown-as-missing") == "true")
        if number is None:
            return refused(f"input {fed.spec.name} cannot be encoded: {fed.cells[0].value!r}")
        statements.append(f"row[{i}] = {number};")
    calls, methods = blocks("fill", "double[] row", statements)
    score = DIRECT.replace("WIDTH", str(len(call.inputs))).replace("FILL", calls) + DIRECT_READ[call.output.name]
    return Java(("hex.genmodel.MojoModel", "java.util.Arrays"), score, methods)


def _put(fed: Fed, cell: Cell) -> str:
    name = text(fed.spec.name)
    if cell.value is None:
        return f"// missing, so the key is absent: {name}"
    if isinstance(cell.value, str):
        return f"row.put({name}, {text(cell.value)});"
    fraction = cell.type in (ColumnType.FLOAT32, ColumnType.FLOAT64)
    return f"row.put({name}, {_double(cell) if fraction or fed.spec.categories is None else text(_level(cell))});"


def _encoded(fed: Fed, unknown_as_missing: bool) -> str | None:
    cell = fed.cells[0] if fed.cells else None
    if cell is None or cell.value is None:
        return "Double.NaN"
    if fed.spec.categories is None:
        return None if isinstance(cell.value, str) else _double(cell)
    if _level(cell) in fed.spec.categories:
        return str(fed.spec.categories.index(_level(cell)))
    return "Double.NaN" if unknown_as_missing else None


def _level(cell: Cell) -> str:
    """The cell as Java's toString has it."""
    return str(cell.value).lower() if isinstance(cell.value, bool) else str(cell.value)


def _double(cell: Cell) -> str:
    return f"{int(cell.value)}.0" if isinstance(cell.value, bool) else f"(double) {literal(cell)}"
