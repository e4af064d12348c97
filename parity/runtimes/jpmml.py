"""JPMML-Evaluator. AGPL-3.0: nothing of it is bundled, and the licence is shown where it is used."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parity.runtimes.content import is_pmml
from parity.runtimes.options import checked
from parity.runtimes.repro import Call, Java, blocks, put, target_of, text
from parity.values.case import Artifact
from parity.values.signature import OutputKind, OutputSpec

IMPORTS = (
    "java.io.File",
    "java.util.ArrayList",
    "java.util.LinkedHashMap",
    "java.util.List",
    "java.util.Map",
    "org.dmg.pmml.ResultFeature",
    "org.jpmml.evaluator.Computable",
    "org.jpmml.evaluator.LoadingModelEvaluatorBuilder",
    "org.jpmml.evaluator.ModelEvaluator",
    "org.jpmml.evaluator.OutputField",
)
LOAD = """\
ModelEvaluator<?> evaluator = new LoadingModelEvaluatorBuilder().load(new File(artifact)).build();
evaluator.verify();"""
EVALUATE = "Map<String, ?> result = evaluator.evaluate(row);"
PROBABILITIES = """\
List<Object> values = new ArrayList<>();
for (OutputField field : evaluator.getOutputFields()) {
  if (field.getField().getResultFeature() == ResultFeature.PROBABILITY
      && field.getField().getValue() != null
      && field.getField().getSegmentId() == nullTARGETS) {
    values.add(plain(result.get(field.getName())));
  }
}
return values.toArray();"""
PLAIN = """\
static Object plain(Object value) {
  return value instanceof Computable computable ? computable.getResult() : value;
}"""


@dataclass(frozen=True)
class Jpmml:
    """See `parity.runtimes.runtime.Runtime`."""

    name: str = "jpmml"
    format: str = "PMML"
    suffixes: frozenset[str] = frozenset({".pmml", ".xml"})
    scorer: str = "parity.jpmml.JpmmlScorer"
    licence: str = "AGPL-3.0-only"
    default: bool = True

    def recognises(self, artifact: Path) -> bool:
        return is_pmml(artifact)

    def options(self, artifact: Artifact) -> dict[str, str]:
        return checked(self.name, artifact, {})

    def repro(self, call: Call) -> Java:
        """A fresh map of one row, as the scorer makes it: a missing cell is an absent key."""
        statements = [put(fed.spec.name, cell) for fed in call.inputs for cell in fed.cells[:1]]
        calls, methods = blocks("fill", "Map<String, Object> row", statements)
        score = f"{LOAD}\nMap<String, Object> row = new LinkedHashMap<>();\n{calls}\n{EVALUATE}\n{_read(call.output)}"
        return Java(IMPORTS, score, f"{methods}\n\n{PLAIN}")


def _read(output: OutputSpec) -> str:
    """How the scorer reads that output: the probabilities of all classes are one, a target without a name stands under null."""
    if output.kind == OutputKind.PROBABILITY and output.classes:
        return PROBABILITIES.replace("TARGETS", _targets(output.name))
    found = f"result.get({text(output.name)})"
    if output.name == "prediction":
        found = f"result.containsKey({text(output.name)}) ? {found} : result.get(null)"
    return f"return new Object[] {{plain({found})}};"


def _targets(name: str) -> str:
    target = target_of(name)
    return "" if not target else f"\n      && {text(target)}.equals(field.getField().getTargetField())"


RUNTIME = Jpmml()
