package parity.tensorflow;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.util.Arrays;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TString;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;

/** One output of a signature, whose first dimension counts the rows; the others are one row's values in C order. */
final class OutputTensor {
  private final Signature.Output spec;
  private byte[] cells = {};

  OutputTensor(String name, org.tensorflow.Signature.TensorDescription description, boolean hasSiblings) throws ScoringException {
    String type = type(description.dataType);
    if (type == null) {
      throw new ScoringException("artifact", "output " + name + " is " + description.dataType + ": only numbers, text and truth are read");
    }
    // A class that stands beside its scores; alone, a whole number may be anything.
    String kind = hasSiblings && !type.startsWith("float") ? "label" : null;
    spec = new Signature.Output(name, type, kind, width(description.shape), null);
  }

  private static String type(DataType type) {
    return switch (type) {
      case DT_FLOAT -> "float32";
      case DT_DOUBLE -> "float64";
      case DT_INT64 -> "int64";
      case DT_INT32, DT_UINT8 -> "int32";
      case DT_BOOL -> "bool";
      case DT_STRING -> "string";
      default -> null;
    };
  }

  private static Integer width(Shape shape) {
    return shape.isUnknown() || shape.numDimensions() == 0 ? null : Signature.Output.widthOf(shape.asArray());
  }

  Signature.Output spec() {
    return spec;
  }

  void read(Tensor tensor, int rows, Scores scores) throws ScoringException {
    long[] shape = tensor.shape().asArray();
    if (shape.length == 0 || shape[0] != rows) {
      throw new ScoringException("shape", "output " + spec.name() + " has shape " + Arrays.toString(shape) + " for " + rows + " rows");
    }
    int width = Signature.Output.widthOf(shape);
    if (tensor instanceof TString texts) {
      String[] found = new String[rows * width];
      texts.copyTo(DataBuffers.of(found, false, false));
      scores.strings(spec.name(), width, found);
      return;
    }
    ByteBuffer bytes = bytes(tensor);
    switch (tensor.dataType()) {
      case DT_DOUBLE -> scores.doubles(spec.name(), width).put(bytes.asDoubleBuffer());
      case DT_INT64 -> scores.longs(spec.name(), width).put(bytes.asLongBuffer());
      case DT_INT32 -> scores.ints(spec.name(), width).put(bytes.asIntBuffer());
      case DT_UINT8 -> widen(bytes, scores.ints(spec.name(), width));
      case DT_BOOL -> scores.bools(spec.name(), width).put(bytes);
      default -> scores.floats(spec.name(), width).put(bytes.asFloatBuffer());
    }
  }

  /** The tensor's bytes, valid until the next call: through an array, see {@link InputTensor}. */
  private ByteBuffer bytes(Tensor tensor) {
    int length = Math.toIntExact(tensor.numBytes());
    if (cells.length < length) {
      cells = new byte[length];
    }
    if (length > 0) {
      tensor.asRawTensor().data().copyTo(DataBuffers.of(cells, false, false), length);
    }
    return ByteBuffer.wrap(cells, 0, length).slice().order(ByteOrder.nativeOrder());
  }

  private static void widen(ByteBuffer from, IntBuffer to) {
    while (from.hasRemaining()) {
      to.put(from.get() & 0xff);
    }
  }
}
