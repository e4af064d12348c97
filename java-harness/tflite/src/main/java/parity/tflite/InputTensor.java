package parity.tflite;

import static org.bytedeco.tensorflowlite.global.tensorflowlite.*;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.tensorflowlite.TfLiteTensor;
import parity.harness.Column;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.TensorInput;

/** One input of the graph: its bytes for a batch, and how a part of them reaches the engine. */
final class InputTensor {
  private final TensorInput input;
  private final Stored stored;
  private final int place;
  private final long batch;
  private ByteBuffer bytes;
  private int[] given;

  InputTensor(Graph graph, int place) throws ScoringException {
    this.place = place;
    String name = graph.inputs().get(place);
    TfLiteTensor tensor = graph.input(place);
    stored = Stored.of(tensor, "input " + name);
    long[] shape = Stored.shape(tensor);
    if (shape.length == 0) {
      throw new ScoringException("artifact", "input " + name + " is a single value, which rows cannot fill: its first dimension has to be the rows");
    }
    batch = shape[0];
    input = new TensorInput(name, stored.fed(), shape);
  }

  Signature.Input spec() {
    return input.spec();
  }

  /** How many rows one call takes; negative for any number. */
  long batch() {
    return batch;
  }

  /** Makes the tensor of all rows. */
  void fill(List<Column> columns, int rows, Scores scores) throws ScoringException {
    if (columns.isEmpty()) {
      throw new ScoringException("column-absent", "no column feeds the input " + input.name());
    }
    input.check(columns);
    given = Arrays.stream(input.dimensions(columns, rows)).mapToInt(Math::toIntExact).toArray();
    ByteBuffer cells = input.numbers(columns, rows, scores);
    bytes = stored.isReal() ? stored.quantised(cells) : cells;
  }

  /** The shape of a call with that many rows: as given, whatever was declared, so that the engine itself says what it takes. */
  int[] shape(int rows) {
    int[] shape = given.clone();
    shape[0] = rows;
    return shape;
  }

  int place() {
    return place;
  }

  /** Hands over {@code count} rows from {@code first}; the last row again where there are fewer, for a graph of fixed size. */
  int copy(Graph graph, int first, int count, int rows) {
    int width = rows == 0 ? 0 : bytes.capacity() / rows;
    TfLiteTensor tensor = graph.input(place);
    if (first + count <= rows) {
      return TfLiteTensorCopyFromBuffer(tensor, new Pointer(bytes.slice(first * width, count * width)), (long) count * width);
    }
    ByteBuffer padded = ByteBuffer.allocateDirect(count * width);
    for (int row = 0; row < count; row++) {
      padded.put(bytes.slice(Math.min(first + row, rows - 1) * width, width));
    }
    return TfLiteTensorCopyFromBuffer(tensor, new Pointer(padded.flip()), padded.limit());
  }
}
