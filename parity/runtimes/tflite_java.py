"""One call of TensorFlow Lite's C API, as Bytedeco has it, as Java text: the settings of `parity.tflite.TfliteScorer`."""

from __future__ import annotations

import math

from parity.runtimes.repro import Call, Cell, Fed, Java, as_float, blocks, indented, literal, refused, text

IMPORTS = (
    "static org.bytedeco.tensorflowlite.global.tensorflowlite.*",
    "java.nio.ByteBuffer",
    "java.nio.ByteOrder",
    "org.bytedeco.javacpp.IntPointer",
    "org.bytedeco.javacpp.Pointer",
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
RESIZE
check(TfLiteSignatureRunnerAllocateTensors(runner), "AllocateTensors");
FEED
check(TfLiteSignatureRunnerInvoke(runner), "Invoke");
return read(TfLiteSignatureRunnerGetOutputTensor(runner, OUTPUT));"""

MEMBERS = """\
static void check(int status, String call) {
  if (status != kTfLiteOk) {
    throw new IllegalStateException(call + " returned TfLiteStatus " + status);
  }
}

static void resize(TfLiteSignatureRunner runner, String input, int... shape) {
  try (IntPointer dimensions = new IntPointer(shape)) {
    check(TfLiteSignatureRunnerResizeInputTensor(runner, input, dimensions, shape.length), "ResizeInputTensor");
  }
}

/** Each value in the type of the tensor; where whole numbers stand for real ones, rounded half away from zero. */
static void feed(TfLiteTensor tensor, double[] cells) {
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

static Object[] read(TfLiteTensor tensor) {
  TfLiteQuantizationParams stored = TfLiteTensorQuantizationParams(tensor);
  ByteBuffer bytes = ByteBuffer.allocateDirect((int) tensor.bytes()).order(ByteOrder.nativeOrder());
  check(TfLiteTensorCopyToBuffer(tensor, new Pointer(bytes), tensor.bytes()), "CopyToBuffer");
  int width = 1;
  for (int i = 0; i < tensor.dims().size(); i++) {
    width *= tensor.dims().data(i);
  }
  Object[] values = new Object[width];
  for (int i = 0; i < width; i++) {
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
    for one in call.inputs:
        misfit = next((cell for cell in one.cells if not _fits(cell, one.spec.type)), None)
        if misfit is not None:
            held = f"which cannot hold {literal(misfit)} of column {misfit.column}"
            return refused(f"input {one.spec.name} takes {one.spec.type}, {held}")
        if not one.cells:
            return refused(f"no column feeds the input {one.spec.name}")
    feeds = [_feed(place, one) for place, one in enumerate(call.inputs)]
    score = (
        RUN.replace("THREADS", call.options.get("threads", "1"))
        .replace("SIGNATURE", text(call.options.get("signature", "serving_default")))
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
    put = f"feed(TfLiteSignatureRunnerGetInputTensor(runner, {text(fed.spec.name)}), input{place}());"
    return put, "\n".join(lines) + f"\n\n{methods}"


def _dimensions(fed: Fed) -> str:
    """As `parity.harness.TensorInput` has it: the declared shape where the cells are as many, else a matrix of one row."""
    shape = fed.spec.shape or ()
    if fed.spec.shape == () and len(fed.cells) == 1:
        return "1"
    fits = len(shape) > 1 and None not in shape and math.prod(length or 0 for length in shape) == len(fed.cells)
    return ", ".join(map(str, (1, *shape))) if fits else f"1, {len(fed.cells)}"


def _element(cell: Cell, kind: str) -> str:
    if kind == "float32":
        return as_float(cell)
    return str(int(cell.value)) if isinstance(cell.value, bool) else "Double.NaN" if cell.value is None else literal(cell)


def _fits(cell: Cell, kind: str) -> bool:
    """Numbers alone; missing has a stand-in in float tensors only, whole tensors hold whole numbers."""
    if cell.value is None:
        return kind in ("float32", "float64")
    if isinstance(cell.value, str):
        return False
    return kind in ("float32", "float64") or (math.isfinite(float(cell.value)) and float(cell.value).is_integer())
