"""One call of PMML4S as Java text: a map of one row."""

from __future__ import annotations

from parity.runtimes.repro import Call, Java, blocks, put, target_of, text
from parity.values.signature import OutputKind, OutputSpec

IMPORTS = (
    "java.io.File",
    "java.util.ArrayList",
    "java.util.HashMap",
    "java.util.List",
    "java.util.Map",
    "org.pmml4s.metadata.OutputField",
    "org.pmml4s.metadata.ResultFeature",
    "org.pmml4s.model.Model",
)
PREDICT = """\
Model model = Model.fromFile(new File(artifact));
model.setSupplementOutput(SUPPLEMENT);
Map<String, Object> row = new HashMap<>();
FILL
Map<String, Object> result = model.predict(row);
"""
PROBABILITIES = """\
List<Object> values = new ArrayList<>();
for (OutputField field : model.outputFields()) {
  if (field.feature().equals(ResultFeature.probability()) && field.value().isDefined() && field.segmentId().isEmpty()TARGET) {
    values.add(result.get(field.name()));
  }
}
return values.toArray();"""


def repro(call: Call) -> Java:
    """As the scorer makes it: a missing cell is an absent key."""
    statements = [put(fed.spec.name, cell) for fed in call.inputs for cell in fed.cells[:1]]
    calls, methods = blocks("fill", "Map<String, Object> row", statements)
    supplement = "true" if call.options.get("outputs") == "all" else "false"
    score = PREDICT.replace("SUPPLEMENT", supplement).replace("FILL", calls) + _read(call.output)
    return Java(IMPORTS, score, methods)


def _read(output: OutputSpec) -> str:
    """How the scorer reads that output: the probabilities of all classes of a target are one."""
    if output.kind == OutputKind.PROBABILITY and output.classes:
        return PROBABILITIES.replace("TARGET", _of_target(output.name))
    name = "probability" if output.name == "probability of the prediction" else output.name
    return f"return new Object[] {{result.get({text(name)})}};"


def _of_target(name: str) -> str:
    target = target_of(name)
    return "" if not target else f"\n      && field.targetField().contains({text(target)})"
