package parity.onnxruntime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import parity.harness.Column;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Type;

/**
 * One input of a graph: makes a row-major tensor of the declared type from the columns that feed it. Missing is NaN in a float tensor;
 * in any other it has no stand-in (a null String ends the process), so that row is refused, and the cell borrows another row's value:
 * the rest of the batch is then scored as if the row were not there.
 */
final class InputTensor {
  private final String name;
  private final OnnxJavaType type;
  private final long[] shape;
  private ByteBuffer cells = ByteBuffer.allocateDirect(0);

  InputTensor(NodeInfo node) throws ScoringException {
    if (!(node.getInfo() instanceof TensorInfo info) || Shapes.type(info.type) == null) {
      throw new ScoringException("artifact", "input " + node.getName() + " is " + node.getInfo() + ": no column can feed that");
    }
    name = node.getName();
    type = info.type;
    shape = info.getShape();
  }

  String name() {
    return name;
  }

  Signature.Input spec() {
    return new Signature.Input(name, Shapes.type(type), Shapes.width(shape), null);
  }

  OnnxTensor tensor(OrtEnvironment environment, List<Column> columns, int rows, Scores scores) throws OrtException, ScoringException {
    for (Column column : columns) {
      if ((column.type() == Type.STRING) != (type == OnnxJavaType.STRING)) {
        throw new ScoringException("type", "column " + column.name() + " is " + column.type().text() + ", but input " + name + " takes " + Shapes.type(type));
      }
    }
    long[] dimensions = dimensions(rows, columns.size());
    if (type == OnnxJavaType.STRING) {
      return OnnxTensor.createTensor(environment, texts(columns, rows, scores), dimensions);
    }
    return OnnxTensor.createTensor(environment, numbers(columns, rows, scores), dimensions, type);
  }

  // Given more or fewer columns than declared, the engine itself says so: the tensor has the shape that was given.
  private long[] dimensions(int rows, int columns) {
    Integer width = Shapes.width(shape);
    if (shape.length <= 1 && columns == 1) {
      return new long[] {rows};
    }
    if (shape.length <= 2 || width == null || width != columns) {
      return new long[] {rows, columns};
    }
    long[] dimensions = shape.clone();
    dimensions[0] = rows;
    return dimensions;
  }

  private String[] texts(List<Column> columns, int rows, Scores scores) throws ScoringException {
    int width = columns.size();
    String[] texts = new String[rows * width];
    for (int c = 0; c < width; c++) {
      Column column = columns.get(c);
      int lender = lender(column, rows, scores);
      for (int row = 0; row < rows; row++) {
        texts[row * width + c] = column.getString(column.isNull(row) ? lender : row);
      }
    }
    return texts;
  }

  private ByteBuffer numbers(List<Column> columns, int rows, Scores scores) throws ScoringException {
    int bytes = rows * columns.size() * type.size;
    if (cells.capacity() < bytes) {
      cells = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
    ByteBuffer target = cells.clear().limit(bytes);
    for (int c = 0; c < columns.size(); c++) {
      int step = columns.size() * type.size;
      switch (type) {
        case FLOAT -> floats(target, columns.get(c), c * type.size, step, rows);
        case DOUBLE -> doubles(target, columns.get(c), c * type.size, step, rows);
        default -> wholes(target, columns.get(c), c * type.size, step, rows, scores);
      }
    }
    return target;
  }

  private static void floats(ByteBuffer target, Column column, int at, int step, int rows) {
    for (int row = 0; row < rows; row++, at += step) {
      target.putFloat(at, column.isNull(row) ? Float.NaN : column.getFloat(row));
    }
  }

  private static void doubles(ByteBuffer target, Column column, int at, int step, int rows) {
    for (int row = 0; row < rows; row++, at += step) {
      target.putDouble(at, column.isNull(row) ? Double.NaN : column.getDouble(row));
    }
  }

  private void wholes(ByteBuffer target, Column column, int at, int step, int rows, Scores scores) throws ScoringException {
    int lender = lender(column, rows, scores);
    for (int row = 0; row < rows; row++, at += step) {
      put(target, at, whole(column, fits(column, row) ? row : lender));
    }
  }

  private void put(ByteBuffer target, int at, long value) {
    switch (type) {
      case INT64 -> target.putLong(at, value);
      case INT32 -> target.putInt(at, (int) value);
      case INT16 -> target.putShort(at, (short) value);
      default -> target.put(at, (byte) value);
    }
  }

  /** Refuses the rows whose cell this tensor cannot hold, and returns the first row whose cell it can. */
  private int lender(Column column, int rows, Scores scores) throws ScoringException {
    int lender = -1;
    for (int row = 0; row < rows; row++) {
      if (fits(column, row)) {
        lender = lender < 0 ? row : lender;
      } else {
        scores.refuse(row, column.isNull(row) ? "missing" : "type", misfit(column, row));
      }
    }
    if (lender < 0 && rows > 0) {
      throw new ScoringException(column.isNull(0) ? "missing" : "type", misfit(column, 0));
    }
    return lender;
  }

  private String misfit(Column column, int row) {
    return "input " + name + " takes " + type + ", which cannot hold " + column.get(row) + " of column " + column.name();
  }

  private boolean fits(Column column, int row) {
    if (column.isNull(row)) {
      return false;
    }
    return switch (column.type()) {
      case STRING -> true;
      case FLOAT32, FLOAT64 -> isWhole(column.getDouble(row)) && inRange((long) column.getDouble(row));
      default -> inRange(column.getLong(row));
    };
  }

  // 2^63 is the first double that a long cannot hold; the cast would quietly give 2^63 - 1.
  private static boolean isWhole(double value) {
    return value == Math.rint(value) && value >= -0x1p63 && value < 0x1p63;
  }

  private boolean inRange(long value) {
    return switch (type) {
      case INT32 -> value == (int) value;
      case INT16 -> value == (short) value;
      case INT8 -> value == (byte) value;
      case UINT8 -> value >= 0 && value <= 255;
      case BOOL -> value == 0 || value == 1;
      default -> true;
    };
  }

  private static long whole(Column column, int row) {
    return switch (column.type()) {
      case FLOAT32, FLOAT64 -> (long) column.getDouble(row);
      default -> column.getLong(row);
    };
  }
}
