package parity.pytorch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;

/** One output, whose first dimension counts the rows; the others are one row's values in C order. */
final class OutputTensor {
  private final Signature.Output spec;
  private final int place;
  private final boolean named;

  /** @param shown what came out of a trial */
  OutputTensor(NDArray shown, int place, int count, int rows) throws ScoringException {
    named = isNamed(shown);
    String name = named ? shown.getName() : count == 1 ? "output" : "output_" + place;
    String type = type(shown.getDataType());
    if (type == null) {
      throw new ScoringException("artifact", "output " + name + " is " + shown.getDataType() + ": only numbers and truth are read");
    }
    this.place = place;
    // A class that stands beside its scores; alone, a whole number may be anything.
    String kind = count > 1 && !type.startsWith("float") ? "label" : null;
    long[] shape = shown.getShape().getShape();
    if (shape.length == 0 || shape[0] != rows) {
      throw new ScoringException("artifact", "output " + name + " has the shape " + Arrays.toString(shape) + " for " + rows + " rows: one value or tensor a row is wanted");
    }
    spec = new Signature.Output(name, type, kind, Signature.Output.widthOf(shape), null);
  }

  private static boolean isNamed(NDArray array) {
    return array.getName() != null && !array.getName().isEmpty();
  }

  private static String type(DataType type) {
    return switch (type) {
      case FLOAT32, FLOAT16, BFLOAT16 -> "float32";
      case FLOAT64 -> "float64";
      case INT64 -> "int64";
      case INT32, INT16, INT8, UINT8 -> "int32";
      case BOOLEAN -> "bool";
      default -> null;
    };
  }

  Signature.Output spec() {
    return spec;
  }

  void read(NDList result, int rows, Scores scores) throws ScoringException {
    NDArray found = named ? result.get(spec.name()) : place < result.size() ? result.get(place) : null;
    if (found == null) {
      throw new ScoringException("shape", "forward gave " + result.size() + " outputs, and no " + spec.name());
    }
    long[] shape = found.getShape().getShape();
    if (shape.length == 0 || shape[0] != rows) {
      throw new ScoringException("shape", "output " + spec.name() + " has shape " + Arrays.toString(shape) + " for " + rows + " rows");
    }
    int width = Signature.Output.widthOf(shape);
    DataType type = found.getDataType();
    NDArray array = type == DataType.FLOAT16 || type == DataType.BFLOAT16 ? found.toType(DataType.FLOAT32, false) : found;
    write(array.toByteBuffer(true), type, width, scores);
  }

  private void write(ByteBuffer bytes, DataType type, int width, Scores scores) {
    switch (type) {
      case FLOAT64 -> scores.doubles(spec.name(), width).put(bytes.asDoubleBuffer());
      case INT64 -> scores.longs(spec.name(), width).put(bytes.asLongBuffer());
      case INT32 -> scores.ints(spec.name(), width).put(bytes.asIntBuffer());
      case INT16 -> widen(bytes, 2, scores.ints(spec.name(), width));
      case INT8, UINT8 -> widen(bytes, type == DataType.INT8 ? 1 : 0, scores.ints(spec.name(), width));
      case BOOLEAN -> scores.bools(spec.name(), width).put(bytes);
      default -> scores.floats(spec.name(), width).put(bytes.asFloatBuffer());
    }
  }

  /** @param size bytes of a signed value; 0 for one unsigned byte */
  private static void widen(ByteBuffer from, int size, IntBuffer to) {
    while (from.hasRemaining()) {
      to.put(size == 2 ? from.getShort() : size == 1 ? from.get() : from.get() & 0xff);
    }
  }
}
