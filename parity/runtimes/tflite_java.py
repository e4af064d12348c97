"""One call of TensorFlow Lite's C API, as Bytedeco has it, as Java text: the settings of `parity.tflite.TfliteScorer`."""

from __future__ import annotations

import math

from parity.runtimes.repro import Call, Cell, Fed, Java, as_float, blocks, indented, literal, text, unfit

IMPORTS = (
    "static org.bytedeco.tensorflowlite.global.tensorflowlite.*",
    "java.nio.ByteBuffer",
    "java.nio.ByteOrder",
    "java.util.Arrays",
    "org.bytedeco.javacpp.IntPointer",
    "org.bytedeco.javacpp.Pointer",
    "org.bytedeco.tensorflowlite.TfLiteIntArray",
    "org.bytedeco.tensorflowlite.TfLiteInterpreter",
    "org.bytedeco.tensorflowlite.TfLiteInterpreterOptions",
    "org.bytedeco.tensorflowlite.TfLiteModel",
    "org.bytedeco.tensorflowlite.TfLiteQuantizationParams",
    "org.bytedeco.tensorflowlite.TfLiteSignatureRunner",
    "org.bytedeco.tensorflowlite.TfLiteTensor",
)

RUN = """\
TfLiteModel model = TfLiteModelCreateFromFile(artifact);
TfLiteInterpreterOptions settings = TfLiteInterpreterOptionsCreate();
TfLiteInterpreterOptionsSetNumThreads(settings, THREADS);
TfLiteInterpreter interpreter = TfLiteInterpreterCreate(model, settings);
TfLiteSignatureRunner runner = TfLiteInterpreterGetSignatureRunner(interpreter, SIGNATURE);
int rows = rows(runner, INPUTS);
RESIZE
check(TfLiteSignatureRunnerAllocateTensors(runner), "AllocateTensors");
FEED
check(TfLiteSignatureRunnerInvoke(runner), "Invoke");
return read(TfLiteSignatureRunnerGetOutputTensor(runner, OUTPUT), rows);"""

MEMBERS = """\
static void check(int status, String call) {
  if (status != kTfLiteOk) {
    throw new IllegalStateException(call + " returned TfLiteStatus " + status);
  }
}

/** How many rows a call takes: those that the model fixes, all of them then this one row; else one. */
static int rows(TfLiteSignatureRunner runner, String... inputs) {
  int rows = 1;
  for (String input : inputs) {
    TfLiteTensor tensor = TfLiteSignatureRunnerGetInputTensor(runner, input);
    TfLiteIntArray declared = tensor.dims_signature();
    boolean said = declared != null && !declared.isNull() && declared.size() > 0;
    rows = Math.max(rows, (said ? declared : tensor.dims()).data(0));
  }
  return rows;
}

static void resize(TfLiteSignatureRunner runner, String input, int... shape) {
  try (IntPointer dimensions = new IntPointer(shape)) {
    check(TfLiteSignatureRunnerResizeInputTensor(runner, input, dimensions, shape.length), "ResizeInputTensor");
  }
}

/** Each value in the type of the tensor; where whole numbers stand for real ones, rounded half away from zero. */
static void feed(TfLiteTensor tensor, double[] row, int rows) {
  double[] cells = new double[rows * row.length];
  Arrays.setAll(cells, i -> row[i % row.length]);
  TfLiteQuantizationParams stored = TfLiteTensorQuantizationParams(tensor);
  ByteBuffer bytes = ByteBuffer.allocateDirect(cells.length * 8).order(ByteOrder.nativeOrder());
  for (double cell : cells) {
    long whole = (long) cell;
    if (stored.scale() != 0) {
      float scaled = Math.max(-0x1p31f, Math.min(0x1p31f, (float) cell / stored.scale()));
      whole = (long) Math.copySign(Math.floor(Math.abs((double) scaled) + 0.5), scaled) + stored.zero_point();
    }
    switch (tensor.type()) {
      case kTfLiteFloat32 -> bytes.putFloat((float) cell);
      case kTfLiteFloat64 -> bytes.putDouble(cell);
      case kTfLiteInt64 -> bytes.putLong(whole);
      case kTfLiteInt32 -> bytes.putInt((int) whole);
      case kTfLiteInt16 -> bytes.putShort((short) Math.max(-32768, Math.min(32767, whole)));
      case kTfLiteInt8 -> bytes.put((byte) Math.max(-128, Math.min(127, whole)));
      default -> bytes.put((byte) Math.max(0, Math.min(255, whole)));
    }
  }
  bytes.flip();
  check(TfLiteTensorCopyFromBuffer(tensor, new Pointer(bytes), bytes.limit()), "CopyFromBuffer");
}

static Object[] read(TfLiteTensor tensor, int rows) {
  TfLiteQuantizationParams stored = TfLiteTensorQuantizationParams(tensor);
  ByteBuffer bytes = ByteBuffer.allocateDirect((int) tensor.bytes()).order(ByteOrder.nativeOrder());
  check(TfLiteTensorCopyToBuffer(tensor, new Pointer(bytes), tensor.bytes()), "CopyToBuffer");
  int width = 1;
  for (int i = 0; i < tensor.dims().size(); i++) {
    width *= tensor.dims().data(i);
  }
  Object[] values = new Object[width / rows];
  for (int i = 0; i < values.length; i++) {
    Number value = switch (tensor.type()) {
      case kTfLiteFloat32 -> bytes.getFloat();
      case kTfLiteFloat64 -> bytes.getDouble();
      case kTfLiteInt64 -> bytes.getLong();
      case kTfLiteInt32 -> bytes.getInt();
      case kTfLiteInt16 -> bytes.getShort();
      case kTfLiteUInt8 -> bytes.get() & 0xff;
      default -> bytes.get();
    };
    values[i] = stored.scale() != 0 ? (Object) (stored.scale() * (value.intValue() - stored.zero_point())) : value;
  }
  return values;
}"""


def repro(call: Call) -> Java | None:
    """See `parity.runtimes.repro.Reproducible`. None for a model without a signature, whose inputs are tensors with odd names."""
    if any(_is_tensors_own(one.spec.name) for one in call.inputs):
        return None
    refusal = unfit(call.inputs)
    if refusal is not None:
        return refusal
    feeds = [_feed(place, one) for place, one in enumerate(call.inputs)]
    score = (
        RUN.replace("THREADS", call.options.get("threads", "1"))
        .replace("SIGNATURE", text(call.options.get("signature", "serving_default")))
        .replace("INPUTS", ", ".join(text(one.spec.name) for one in call.inputs))
        .replace("RESIZE", "\n".join(f"resize(runner, {text(one.spec.name)}, {_dimensions(one)});" for one in call.inputs))
        .replace("OUTPUT", text(call.output.name))
        .replace("FEED", "\n".join(put for put, _ in feeds))
    )
    return Java(IMPORTS, score, "\n\n".join([*(methods for _, methods in feeds), MEMBERS]))


def _is_tensors_own(name: str) -> bool:
    return ":" in name


def _feed(place: int, fed: Fed) -> tuple[str, str]:
    """The statement that fills an input, and the methods that make its cells: doubles, which hold every float32 and int32."""
    statements = [f"cells[{i}] = {_element(cell, fed.spec.type)};" for i, cell in enumerate(fed.cells)]
    calls, methods = blocks(f"fill{place}_" if len(statements) > 1 else f"fill{place}", "double[] cells", statements)
    lines = [
        f"static double[] input{place}() {{",
        f"  double[] cells = new double[{len(fed.cells)}];",
        indented(calls, 2),
        "  return cells;",
        "}",
    ]
    put = f"feed(TfLiteSignatureRunnerGetInputTensor(runner, {text(fed.spec.name)}), input{place}(), rows);"
    return put, "\n".join(lines) + f"\n\n{methods}"


def _dimensions(fed: Fed) -> str:
    """As `parity.harness.TensorInput` has it: the declared shape where the cells are as many, else a matrix."""
    shape = fed.spec.shape or ()
    if fed.spec.shape == () and len(fed.cells) == 1:
        return "rows"
    fits = len(shape) > 1 and None not in shape and math.prod(length or 0 for length in shape) == len(fed.cells)
    return ", ".join(map(str, ("rows", *shape))) if fits else f"rows, {len(fed.cells)}"


def _element(cell: Cell, kind: str) -> str:
    if kind == "float32":
        return as_float(cell)
    return str(int(cell.value)) if isinstance(cell.value, bool) else "Double.NaN" if cell.value is None else literal(cell)
