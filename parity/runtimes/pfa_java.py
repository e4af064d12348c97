"""One call of Hadrian as Java text: an Avro record, and the document's action."""

from __future__ import annotations

from parity.runtimes.repro import Call, Cell, Fed, Java, blocks, literal, refused, text

IMPORTS = (
    "com.opendatagroup.hadrian.data.AnyPFARecord",
    "com.opendatagroup.hadrian.jvmcompiler.PFAEngine",
    "java.nio.file.Files",
    "java.nio.file.Path",
    "java.util.Arrays",
    "java.util.HashMap",
    "java.util.List",
    "org.apache.avro.Schema",
    "org.apache.avro.generic.GenericData",
)
SCORE = """\
PFAEngine<Object, Object> engine = com.opendatagroup.hadrian.jvmcompiler.PFAEngine$.MODULE$.fromJson(
    Files.readString(Path.of(artifact)), new HashMap<>(), "0.8.1", null, 1, PFAEngine.class.getClassLoader(), false).get(0);
engine.begin();
Schema schema = engine.inputType().avroType().schema();
Object[] cells = new Object[WIDTH];
FILL
Object datum = cells[0];
if (schema.getType() == Schema.Type.RECORD) {
  GenericData.Record record = new GenericData.Record(schema);
  for (int i = 0; i < cells.length; i++) {
    record.put(i, cells[i]);
  }
  datum = record;
}
Object answer = engine.action(engine.fromGenericAvroData(datum));
Object found = answer instanceof AnyPFARecord several ? several.get(OUTPUT) : answer;
if (!(found instanceof List<?> list)) {
  return new Object[] {found};
}
Object[] values = new Object[list.size()];
for (int i = 0; i < values.length; i++) {
  values[i] = list.get(i);
}
return values;"""
CASTS = {"float64": "double", "float32": "float", "int32": "int", "int64": "long"}


def repro(call: Call) -> Java | None:
    """The row as the scorer makes it: each cell in the class of its field, a missing one null. None where a field is an enum."""
    if any(fed.spec.categories is not None for fed in call.inputs):
        return None
    for fed in call.inputs:
        for cell in fed.cells:
            if cell.value is not None and isinstance(cell.value, str) != (fed.spec.type == "string"):
                return refused(f"column {cell.column} holds {cell.value!r}, but the document takes {fed.spec.type} there")
    statements = [f"cells[{i}] = {_value(fed)};" for i, fed in enumerate(call.inputs)]
    calls, methods = blocks("fill", "Object[] cells", statements)
    score = SCORE.replace("WIDTH", str(len(call.inputs))).replace("FILL", calls).replace("OUTPUT", text(call.output.name))
    return Java(IMPORTS, score, methods)


def _value(fed: Fed) -> str:
    cells = [_cell(cell, fed.spec.type) for cell in fed.cells]
    return (cells or ["null"])[0] if fed.spec.width == 1 else f"Arrays.<Object>asList({', '.join(cells)})"


def _cell(cell: Cell, kind: str) -> str:
    if cell.value is None or kind not in CASTS:
        return literal(cell)
    return f"({CASTS[kind]}) {int(cell.value) if isinstance(cell.value, bool) else literal(cell)}"
