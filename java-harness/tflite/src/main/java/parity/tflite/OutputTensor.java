package parity.tflite;

import static org.bytedeco.tensorflowlite.global.tensorflowlite.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorflowlite.TfLiteTensor;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;

/** One output of the graph, whose first dimension counts the rows; the others are one row's values in C order. */
final class OutputTensor {
  private final Signature.Output spec;
  private final Stored stored;
  private final int place;
  private ByteBuffer bytes = ByteBuffer.allocateDirect(0);
  private int width;

  OutputTensor(Graph graph, int place) throws ScoringException {
    this.place = place;
    String name = graph.outputs().get(place);
    TfLiteTensor tensor = graph.output(place);
    stored = Stored.of(tensor, "output " + name);
    String type = stored.fed().text();
    // A class that stands beside its scores; alone, a whole number may be anything.
    String kind = graph.outputs().size() > 1 && !type.startsWith("float") ? "label" : null;
    long[] shape = Stored.shape(tensor);
    spec = new Signature.Output(name, type, kind, shape.length == 0 ? null : Signature.Output.widthOf(shape), null);
  }

  Signature.Output spec() {
    return spec;
  }

  /** Takes the values of a call of {@code count} rows, those from {@code first} on, of {@code rows} in all. */
  int collect(Graph graph, int first, int count, int rows) throws ScoringException {
    TfLiteTensor tensor = graph.output(place);
    long[] shape = new long[tensor.dims().size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = tensor.dims().data(i);
    }
    if (shape.length == 0 || shape[0] != count) {
      throw new ScoringException("shape", "output " + spec.name() + " has shape " + Arrays.toString(shape) + " for " + count + " rows");
    }
    width = Signature.Output.widthOf(shape);
    int row = width * stored.element().bytes();
    if (first == 0 && bytes.capacity() < (rows + count) * row) {
      bytes = ByteBuffer.allocateDirect((rows + count) * row).order(ByteOrder.nativeOrder());
    }
    return TfLiteTensorCopyToBuffer(tensor, new Pointer(bytes.slice(first * row, count * row)), (long) count * row);
  }

  void write(int rows, Scores scores) {
    ByteBuffer values = bytes.slice(0, rows * width * stored.element().bytes()).order(ByteOrder.nativeOrder());
    String name = spec.name();
    switch (stored.element()) {
      case FLOAT32 -> scores.floats(name, width).put(values.asFloatBuffer());
      case FLOAT64 -> scores.doubles(name, width).put(values.asDoubleBuffer());
      case INT64 -> scores.longs(name, width).put(values.asLongBuffer());
      case INT32 -> scores.ints(name, width).put(values.asIntBuffer());
      case BOOL -> scores.bools(name, width).put(values);
      default -> narrow(values, scores);
    }
  }

  private void narrow(ByteBuffer values, Scores scores) {
    int count = values.remaining() / stored.element().bytes();
    if (stored.isReal()) {
      var target = scores.floats(spec.name(), width);
      for (int i = 0; i < count; i++) {
        target.put(stored.real(whole(values)));
      }
      return;
    }
    var target = scores.ints(spec.name(), width);
    for (int i = 0; i < count; i++) {
      target.put(whole(values));
    }
  }

  private int whole(ByteBuffer values) {
    return switch (stored.element()) {
      case INT16 -> values.getShort();
      case UINT8 -> values.get() & 0xff;
      default -> values.get();
    };
  }
}
