"""One call of MLeap as Java text: a leap frame of one row."""

from __future__ import annotations

from parity.runtimes.repro import Call, Cell, Fed, Java, blocks, literal, refused, text

IMPORTS = (
    "java.io.File",
    "java.util.ArrayList",
    "java.util.List",
    "ml.combust.mleap.runtime.frame.DefaultLeapFrame",
    "ml.combust.mleap.runtime.frame.Transformer",
    "ml.combust.mleap.runtime.javadsl.BundleBuilder",
    "ml.combust.mleap.runtime.javadsl.ContextBuilder",
    "ml.combust.mleap.runtime.javadsl.LeapFrameBuilder",
    "ml.combust.mleap.runtime.javadsl.LeapFrameSupport",
    "ml.combust.mleap.tensor.Tensor",
)
SCORE = """\
Transformer pipeline = new BundleBuilder().load(new File(artifact), new ContextBuilder().createMleapContext()).root();
List<Object> row = new ArrayList<>();
FILL
LeapFrameBuilder builder = new LeapFrameBuilder();
LeapFrameSupport support = new LeapFrameSupport();
DefaultLeapFrame frame = builder.createFrame(pipeline.inputSchema(), List.of(builder.createRowFromIterable(row)));
DefaultLeapFrame answer = pipeline.transform(frame).get();
Object found = support.collect(support.select(answer, List.of(OUTPUT))).get(0).getRaw(0);
Object values = found instanceof Tensor<?> tensor ? tensor.toDense().rawValues() : new Object[] {found};
Object[] boxed = new Object[java.lang.reflect.Array.getLength(values)];
for (int i = 0; i < boxed.length; i++) {
  boxed[i] = java.lang.reflect.Array.get(values, i);
}
return boxed;"""


def repro(call: Call) -> Java:
    """The row as the scorer makes it: cells in the class of the bundle's field, a missing one null, in a vector NaN."""
    for fed in call.inputs:
        for cell in fed.cells:
            if isinstance(cell.value, str) != (fed.spec.type == "string") and cell.value is not None:
                return refused(f"column {cell.column} holds {cell.value!r}, but MLeap's field {fed.spec.name} is {fed.spec.type}")
    missing = "Double.NaN" if call.options.get("missing") == "nan" else "null"
    calls, methods = blocks("fill", "List<Object> row", [f"row.add({_value(fed, missing)});" for fed in call.inputs])
    return Java(IMPORTS, SCORE.replace("FILL", calls).replace("OUTPUT", text(call.output.name)), methods)


CASTS = {"float64": "double", "float32": "float", "int32": "int", "int64": "long"}


def _value(fed: Fed, missing: str) -> str:
    if fed.spec.width != 1:
        values = ", ".join("Double.NaN" if cell.value is None else _cast(cell, "double") for cell in fed.cells)
        return f"Tensor.denseVector(new double[] {{{values}}}, scala.reflect.ClassTag$.MODULE$.Double())"
    if not fed.cells or fed.cells[0].value is None:
        return missing if fed.spec.type == "float64" else "null"
    cell = fed.cells[0]
    return _cast(cell, CASTS[fed.spec.type]) if fed.spec.type in CASTS else literal(cell)


def _cast(cell: Cell, kind: str) -> str:
    number = str(int(cell.value)) if isinstance(cell.value, bool) else literal(cell)
    return f"({kind}) {number}"
