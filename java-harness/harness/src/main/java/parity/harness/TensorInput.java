package parity.harness;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One tensor input of an engine: makes a row-major tensor, rows first, of the columns that feed it. One column of tensors gives the shape
 * that it has, columns of single values are put side by side. Missing is NaN in a float tensor; in any other it has no stand-in, so that
 * row is refused, and its values are borrowed from another row: the rest of the batch is then scored as if the row were not there.
 */
public final class TensorInput {
  private final String name;
  private final Element element;
  private final long[] shape;
  private ByteBuffer cells = ByteBuffer.allocateDirect(0);

  /** @param shape as declared, the rows' dimension first; negative where any length will do */
  public TensorInput(String name, Element element, long[] shape) {
    this.name = name;
    this.element = element;
    this.shape = shape.clone();
  }

  public String name() {
    return name;
  }

  public Element element() {
    return element;
  }

  public Signature.Input spec() {
    List<Integer> row = new ArrayList<>();
    for (int i = 1; i < shape.length; i++) {
      row.add(shape[i] < 0 ? null : (Integer) Math.toIntExact(shape[i]));
    }
    return Signature.Input.tensor(name, element.text(), row);
  }

  /**
   * The dimensions of the tensor that these columns make. Given more or fewer values than declared, the engine itself says so: the tensor
   * has the shape that was given.
   */
  public long[] dimensions(List<Column> columns, int rows) {
    if (columns.size() == 1 && columns.get(0).isTensor()) {
      int[] given = columns.get(0).shape();
      long[] dimensions = new long[given.length + 1];
      dimensions[0] = rows;
      for (int i = 0; i < given.length; i++) {
        dimensions[i + 1] = given[i];
      }
      return dimensions;
    }
    if (shape.length <= 1 && columns.size() == 1) {
      return new long[] {rows};
    }
    if (shape.length <= 2 || !countsFit(columns.size())) {
      return new long[] {rows, columns.size()};
    }
    long[] dimensions = shape.clone();
    dimensions[0] = rows;
    return dimensions;
  }

  private boolean countsFit(int values) {
    long product = 1;
    for (int i = 1; i < shape.length; i++) {
      product *= shape[i];
    }
    return product == values && Arrays.stream(shape, 1, shape.length).allMatch(dimension -> dimension > 0);
  }

  /** Text for a tensor of text, numbers for any other. Throws a refusal of kind "type" where a column is neither. */
  public void check(List<Column> columns) throws ScoringException {
    for (Column column : columns) {
      if ((column.type() == Type.STRING) != (element == Element.STRING)) {
        throw new ScoringException("type", "column " + column.name() + " is " + column.type().text() + ", but input " + name + " takes " + element.text());
      }
    }
  }

  /** The values of a tensor of text. */
  public String[] texts(List<Column> columns, int rows, Scores scores) throws ScoringException {
    int width = width(columns);
    String[] texts = new String[rows * width];
    int from = 0;
    for (Column column : columns) {
      int length = column.length();
      int lender = lender(column, rows, scores);
      for (int row = 0; row < rows; row++) {
        int start = (column.isNull(row) ? lender : row) * length;
        for (int i = 0; i < length; i++) {
          texts[row * width + from + i] = column.getString(start + i);
        }
      }
      from += length;
    }
    return texts;
  }

  /** The values of a tensor of numbers: direct, native order, valid until the next call; the block itself where it holds them as they are. */
  public ByteBuffer numbers(List<Column> columns, int rows, Scores scores) throws ScoringException {
    int width = width(columns);
    int bytes = Math.multiplyExact(Math.multiplyExact(rows, width), element.bytes);
    if (columns.size() == 1 && element.is(columns.get(0).type()) && !columns.get(0).hasNulls()) {
      return columns.get(0).values().limit(bytes).slice().order(ByteOrder.nativeOrder());
    }
    if (cells.capacity() < bytes) {
      cells = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
    ByteBuffer target = cells.clear().limit(bytes);
    int from = 0;
    for (Column column : columns) {
      fill(target, column, from, width, rows, scores);
      from += column.length();
    }
    return target.slice().order(ByteOrder.nativeOrder());
  }

  private static int width(List<Column> columns) {
    return columns.stream().mapToInt(Column::length).sum();
  }

  private void fill(ByteBuffer target, Column column, int from, int width, int rows, Scores scores) throws ScoringException {
    int length = column.length();
    boolean floating = element == Element.FLOAT32 || element == Element.FLOAT64;
    if (floating && length == 1 && element.is(column.type()) && !column.hasNulls()) {
      strided(target, column.values(), from, width, rows);
      return;
    }
    int lender = floating ? -1 : lender(column, rows, scores);
    for (int row = 0; row < rows; row++) {
      int at = (row * width + from) * element.bytes;
      if (floating) {
        floats(target, at, column, row);
      } else {
        int start = (fits(column, row) ? row : lender) * length;
        for (int i = 0; i < length; i++, at += element.bytes) {
          put(target, at, whole(column, start + i));
        }
      }
    }
  }

  /** A column of the very numbers that the tensor holds: most are such, and each cell's type need not be asked. */
  private void strided(ByteBuffer target, ByteBuffer column, int from, int width, int rows) {
    if (element == Element.FLOAT32) {
      FloatBuffer source = column.asFloatBuffer();
      FloatBuffer cells32 = target.asFloatBuffer();
      for (int row = 0, at = from; row < rows; row++, at += width) {
        cells32.put(at, source.get(row));
      }
      return;
    }
    DoubleBuffer source = column.asDoubleBuffer();
    DoubleBuffer cells64 = target.asDoubleBuffer();
    for (int row = 0, at = from; row < rows; row++, at += width) {
      cells64.put(at, source.get(row));
    }
  }

  private void floats(ByteBuffer target, int at, Column column, int row) {
    int length = column.length();
    boolean missing = column.isNull(row);
    for (int i = row * length; i < (row + 1) * length; i++, at += element.bytes) {
      if (element == Element.FLOAT32) {
        target.putFloat(at, missing ? Float.NaN : column.getFloat(i));
      } else {
        target.putDouble(at, missing ? Double.NaN : column.getDouble(i));
      }
    }
  }

  private void put(ByteBuffer target, int at, long value) {
    switch (element) {
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
    int at = row * column.length();
    while (!column.isNull(row) && fitsAt(column, at)) {
      at++;
    }
    return "input " + name + " takes " + element + ", which cannot hold " + column.get(at) + " of column " + column.name();
  }

  private boolean fits(Column column, int row) {
    if (column.isNull(row)) {
      return false;
    }
    for (int at = row * column.length(); at < (row + 1) * column.length(); at++) {
      if (!fitsAt(column, at)) {
        return false;
      }
    }
    return true;
  }

  private boolean fitsAt(Column column, int at) {
    return switch (column.type()) {
      case STRING -> true;
      case FLOAT32, FLOAT64 -> isWhole(column.getDouble(at)) && inRange((long) column.getDouble(at));
      default -> inRange(column.getLong(at));
    };
  }

  // 2^63 is the first double that a long cannot hold; the cast would quietly give 2^63 - 1.
  private static boolean isWhole(double value) {
    return value == Math.rint(value) && value >= -0x1p63 && value < 0x1p63;
  }

  private boolean inRange(long value) {
    return switch (element) {
      case INT32 -> value == (int) value;
      case INT16 -> value == (short) value;
      case INT8 -> value == (byte) value;
      case UINT8 -> value >= 0 && value <= 255;
      case BOOL -> value == 0 || value == 1;
      default -> true;
    };
  }

  private static long whole(Column column, int at) {
    return switch (column.type()) {
      case FLOAT32, FLOAT64 -> (long) column.getDouble(at);
      default -> column.getLong(at);
    };
  }
}
