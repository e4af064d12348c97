"""A call of ONNX Runtime's Java API as text: one tensor per input, the settings of `parity.onnxruntime.OnnxRuntimeScorer`."""

from __future__ import annotations

from parity.runtimes.repro import Call, Cell, Fed, Java, as_float, blocks, indented, literal, plain, text, unfit
from parity.values.signature import OutputSpec

IMPORTS = (
    "ai.onnxruntime.OnnxJavaType",
    "ai.onnxruntime.OnnxMap",
    "ai.onnxruntime.OnnxSequence",
    "ai.onnxruntime.OnnxTensor",
    "ai.onnxruntime.OnnxValue",
    "ai.onnxruntime.OrtEnvironment",
    "ai.onnxruntime.OrtException",
    "ai.onnxruntime.OrtSession",
    "ai.onnxruntime.TensorInfo",
    "java.lang.reflect.Array",
    "java.nio.ByteBuffer",
    "java.nio.ByteOrder",
    "java.nio.DoubleBuffer",
    "java.nio.FloatBuffer",
    "java.nio.LongBuffer",
    "java.util.ArrayList",
    "java.util.LinkedHashMap",
    "java.util.List",
    "java.util.Map",
)

LEVELS = {"none": "NO_OPT", "basic": "BASIC_OPT", "extended": "EXTENDED_OPT", "all": "ALL_OPT"}

RUN = """\
OrtEnvironment environment = OrtEnvironment.getEnvironment();
OrtSession.SessionOptions settings = new OrtSession.SessionOptions();
settings.setIntraOpNumThreads(THREADS);
settings.setInterOpNumThreads(1);
settings.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.LEVEL);
try (OrtSession session = environment.createSession(artifact, settings)) {
  Map<String, OnnxTensor> row = new LinkedHashMap<>();
FEED
  try (OrtSession.Result result = session.run(row)) {
    return READ;
  }
}"""

BUFFERS = {
    "float32": ("float", "OnnxTensor.createTensor(environment, FloatBuffer.wrap(cells), shape(session, input, cells.length))"),
    "float64": ("double", "OnnxTensor.createTensor(environment, DoubleBuffer.wrap(cells), shape(session, input, cells.length))"),
    "int64": ("long", "OnnxTensor.createTensor(environment, LongBuffer.wrap(cells), shape(session, input, cells.length))"),
    "string": ("String", "OnnxTensor.createTensor(environment, cells, shape(session, input, cells.length))"),
}
"""By the signature's type of an input: what an array of its cells holds, and how a tensor is made of it."""

BYTES = """\
static OnnxTensor wholes(OrtEnvironment environment, OrtSession session, String input, long[] cells) throws OrtException {
  OnnxJavaType type = ((TensorInfo) session.getInputInfo().get(input).getInfo()).type;
  ByteBuffer bytes = ByteBuffer.allocateDirect(cells.length * type.size).order(ByteOrder.nativeOrder());
  for (int i = 0; i < cells.length; i++) {
    switch (type) {
      case INT32 -> bytes.putInt(4 * i, (int) cells[i]);
      case INT16 -> bytes.putShort(2 * i, (short) cells[i]);
      default -> bytes.put(i, (byte) cells[i]);
    }
  }
  return OnnxTensor.createTensor(environment, bytes, shape(session, input, cells.length), type);
}"""
"""For the types that the signature calls int32 or bool: the graph says which of the small ones it is."""

SHAPE = """\
static long[] shape(OrtSession session, String input, int width) throws OrtException {
  long[] declared = ((TensorInfo) session.getInputInfo().get(input).getInfo()).getShape().clone();
  if (declared.length <= 1 && width == 1) {
    return new long[] {1};
  }
  if (declared.length <= 2) {
    return new long[] {1, width};
  }
  declared[0] = 1;
  return declared;
}"""

FLATTEN = """\
static void flatten(Object value, List<Object> values) {
  if (value == null || !value.getClass().isArray()) {
    values.add(value);
    return;
  }
  for (int i = 0; i < Array.getLength(value); i++) {
    flatten(Array.get(value, i), values);
  }
}"""

TENSOR = """\
static Object[] tensor(OnnxValue output) throws OrtException {
  List<Object> values = new ArrayList<>();
  flatten(output.getValue(), values);
  return values.toArray();
}"""

MAP = """\
static Object[] map(OnnxValue output, Object... classes) throws OrtException {
  Map<?, ?> row = ((OnnxMap) ((OnnxSequence) output).getValue().get(0)).getValue();
  Object[] values = new Object[classes.length];
  for (int i = 0; i < classes.length; i++) {
    values[i] = row.get(classes[i]);
  }
  return values;
}"""


MOST_INPUTS = 2_000
"""Each takes about a dozen constants of the class (it holds 65,535) and 16 bytes of one method (64 KiB; JVMS 4.1, 4.7.3)."""


def repro(call: Call) -> Java | None:
    """See `parity.runtimes.repro.Reproducible`. What a tensor cannot hold is refused as the scorer refuses it."""
    fed = [one for one in call.inputs if one.cells]
    if len(fed) > MOST_INPUTS:
        return None
    refusal = unfit(fed)
    if refusal is not None:
        return refusal
    feeds = [_feed(place, one) for place, one in enumerate(fed)]
    score = (
        RUN.replace("THREADS", call.options.get("threads", "1"))
        .replace("LEVEL", LEVELS[call.options.get("optimization", "all")])
        .replace("READ", _read(call.output))
        .replace("FEED", "\n".join(indented(put, 2) for put, _ in feeds))
    )
    small = [BYTES] if any(one.spec.type not in BUFFERS for one in fed) else []
    reading = [MAP] if call.output.classes else [TENSOR, FLATTEN]
    return Java(IMPORTS, score, "\n\n".join([*(methods for _, methods in feeds), *small, SHAPE, *reading]))


def _feed(place: int, fed: Fed) -> tuple[str, str]:
    """The statement that puts an input's tensor, and the methods that make it."""
    element, made = BUFFERS.get(fed.spec.type, ("long", "wholes(environment, session, input, cells)"))
    statements = [f"cells[{i}] = {_element(cell, fed.spec.type)};" for i, cell in enumerate(fed.cells)]
    calls, methods = blocks(f"fill{place}_" if len(statements) > 1 else f"fill{place}", f"{element}[] cells", statements)
    lines = [
        f"static OnnxTensor input{place}(OrtEnvironment environment, OrtSession session, String input) throws OrtException {{",
        f"  {element}[] cells = new {element}[{len(fed.cells)}];",
        indented(calls, 2),
        f"  return {made};",
        "}",
    ]
    name = text(fed.spec.name)
    return f"row.put({name}, input{place}(environment, session, {name}));", "\n".join(lines) + f"\n\n{methods}"


def _element(cell: Cell, kind: str) -> str:
    """A cell in the type of the tensor, cast as Java casts."""
    if kind == "float32":
        return as_float(cell)
    if kind == "string":
        return literal(cell)
    if kind == "float64":
        return "Double.NaN" if cell.value is None else _number(cell)
    return f"(long) {_number(cell)}"


def _number(cell: Cell) -> str:
    return str(int(cell.value)) if isinstance(cell.value, bool) else literal(cell)


def _read(output: OutputSpec) -> str:
    """A ZipMap's output names its classes; anything else is a tensor."""
    found = f"result.get({text(output.name)}).orElseThrow()"
    if not output.classes:
        return f"tensor({found})"
    return f"map({found}, {', '.join(plain(label) for label in output.classes)})"
