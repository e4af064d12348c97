"""One call of CatBoost's applier as Java text: arrays of one row, one for each type of feature."""

from __future__ import annotations

from parity.runtimes.repro import Call, Cell, Fed, Java, as_float, blocks, literal, refused, text

IMPORTS = ("ai.catboost.CatBoostModel", "java.util.Comparator", "java.util.HashMap", "java.util.List", "java.util.Map")
PREDICT = """\
CatBoostModel model = CatBoostModel.loadModel(artifact);
Map<String, Object> row = new HashMap<>();
FILL
String[][] categories = texts(model, CatBoostModel.CatFeature.class, row);
String[][] texts = texts(model, CatBoostModel.TextFeature.class, row);
double[] answer = (texts == null
        ? model.predict(floats(model, row), categories)
        : model.predict(floats(model, row), categories, texts, null))
    .copyRowMajorPredictions();
Object[] values = new Object[answer.length];
for (int i = 0; i < values.length; i++) {
  values[i] = answer[i];
}
return values;"""
MEMBERS = """\
static List<CatBoostModel.Feature> features(CatBoostModel model, Class<?> type) {
  return model.getFeatures().stream().filter(type::isInstance)
      .sorted(Comparator.comparingInt(CatBoostModel.Feature::getFeatureIndex)).toList();
}

static float[][] floats(CatBoostModel model, Map<String, Object> row) {
  List<CatBoostModel.Feature> features = features(model, CatBoostModel.FloatFeature.class);
  float[] cells = new float[features.size()];
  for (int i = 0; i < cells.length; i++) {
    cells[i] = (Float) row.get(features.get(i).getName());
  }
  return cells.length == 0 ? null : new float[][] {cells};
}

static String[][] texts(CatBoostModel model, Class<?> type, Map<String, Object> row) {
  List<CatBoostModel.Feature> features = features(model, type);
  String[] cells = features.stream().map(feature -> (String) row.get(feature.getName())).toArray(String[]::new);
  return cells.length == 0 ? null : new String[][] {cells};
}"""


def repro(call: Call) -> Java:
    """Numbers as floats, NaN where missing; a category as the text that Java makes of it, null where missing."""
    statements = []
    for fed in call.inputs:
        if len(fed.cells) != 1:
            return refused(f"feature {fed.spec.name} takes one column, given {len(fed.cells)}")
        (cell,) = fed.cells
        if fed.spec.type == "float32" and isinstance(cell.value, str):
            return refused(f"column {cell.column} holds text, but CatBoost takes floats for it")
        statements.append(f"row.put({text(fed.spec.name)}, {_value(fed, cell)});")
    calls, methods = blocks("fill", "Map<String, Object> row", statements)
    return Java(IMPORTS, PREDICT.replace("FILL", calls), f"{methods}\n\n{MEMBERS}")


def _value(fed: Fed, cell: Cell) -> str:
    if fed.spec.type == "float32":
        return as_float(cell)
    if cell.value is None:
        return "null"
    return literal(cell) if isinstance(cell.value, str) else f"String.valueOf({literal(cell)})"
