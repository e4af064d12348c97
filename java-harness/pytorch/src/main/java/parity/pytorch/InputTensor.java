package parity.pytorch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import parity.harness.Column;
import parity.harness.Element;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.TensorInput;

/** One argument of forward, as the engine takes it. */
final class InputTensor {
  private final TensorInput input;
  private final long[] shape;
  private ByteBuffer cells = ByteBuffer.allocateDirect(0);

  /** @param shape of one batch, rows first; negative where any length will do */
  InputTensor(String name, Element element, long[] shape) {
    this.input = new TensorInput(name, element, shape);
    this.shape = shape.clone();
  }

  String name() {
    return input.name();
  }

  Signature.Input spec() {
    return input.spec();
  }

  NDArray array(NDManager manager, List<Column> columns, int rows, Scores scores) throws ScoringException {
    if (columns.isEmpty()) {
      throw new ScoringException("column-absent", "no column feeds the input " + name());
    }
    input.check(columns);
    ByteBuffer given = input.numbers(columns, rows, scores);
    // The engine computes in this very memory, and a module may write to its arguments (relu_): the block stays as it was.
    if (cells.capacity() < given.remaining()) {
      cells = ByteBuffer.allocateDirect(given.remaining()).order(ByteOrder.nativeOrder());
    }
    cells.clear().limit(given.remaining());
    cells.put(given).flip();
    return manager.create(cells, new Shape(input.dimensions(columns, rows)), type(input.element()));
  }

  /** A few rows of this shape for a trial: ones, and zeros where they may be places in a table. */
  NDArray trial(NDManager manager, int rows) {
    long[] dimensions = shape.clone();
    dimensions[0] = rows;
    for (int i = 1; i < dimensions.length; i++) {
      dimensions[i] = Math.max(dimensions[i], 1);
    }
    boolean floating = input.element() == Element.FLOAT32 || input.element() == Element.FLOAT64;
    DataType type = type(input.element());
    return floating ? manager.ones(new Shape(dimensions), type) : manager.zeros(new Shape(dimensions), type);
  }

  private static DataType type(Element element) {
    return switch (element) {
      case FLOAT64 -> DataType.FLOAT64;
      case INT64 -> DataType.INT64;
      case INT32 -> DataType.INT32;
      case INT16 -> DataType.INT16;
      case INT8 -> DataType.INT8;
      case UINT8 -> DataType.UINT8;
      case BOOL -> DataType.BOOLEAN;
      default -> DataType.FLOAT32;
    };
  }
}
