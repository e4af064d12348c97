package parity.harness;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * One column of a batch, read from the mapped block without copying. Missing (null) and NaN are two things: the getters do not look
 * at the validity bitmap, so ask {@link #isNull} first where {@link #hasNulls} says that it is worth asking.
 *
 * <p>A cell is a single value, or one tensor of {@link #shape}. The getters take the place of a value: the row, or in a column of
 * tensors {@code row * length() + place}, in C order. A tensor is missing as a whole.
 */
public final class Column {
  private final ByteBuffer block;
  private final String name;
  private final Type type;
  private final int[] shape;
  private final int length;
  private final int validityAt;
  private final int offsetsAt;
  private final int valuesAt;
  private final int valuesLength;
  private Texts texts;

  Column(ByteBuffer block, String name, Type type, int[] shape, int entryAt) {
    this.block = block;
    this.name = name;
    this.type = type;
    this.shape = shape;
    int code = slot(entryAt, 0);
    if (code != type.code) {
      throw new IllegalArgumentException("column " + name + " has type code " + code + " in the block, and " + type.code + " in the schema");
    }
    this.validityAt = slot(entryAt, 1);
    this.offsetsAt = slot(entryAt, 2);
    this.valuesAt = slot(entryAt, 3);
    this.valuesLength = slot(entryAt, 4);
    this.length = slot(entryAt, 5);
    if (length != size(shape)) {
      throw new IllegalArgumentException("column " + name + " has " + length + " values a row in the block, and the shape " + Arrays.toString(shape));
    }
  }

  private static int size(int[] shape) {
    int size = 1;
    for (int dimension : shape) {
      size = Math.multiplyExact(size, dimension);
    }
    return size;
  }

  private int slot(int entryAt, int index) {
    return Math.toIntExact(block.getLong(entryAt + index * Long.BYTES));
  }

  public String name() {
    return name;
  }

  public Type type() {
    return type;
  }

  /** The shape of one cell: empty for a single value. */
  public int[] shape() {
    return shape.clone();
  }

  /** Values a row: 1, or the product of {@link #shape}. */
  public int length() {
    return length;
  }

  public boolean isTensor() {
    return shape.length > 0;
  }

  /** False where no cell of this batch can be missing. */
  public boolean hasNulls() {
    return validityAt >= 0;
  }

  public boolean isNull(int row) {
    return validityAt >= 0 && !bit(validityAt, row);
  }

  private boolean bit(int at, int row) {
    return (block.get(at + (row >> 3)) >> (row & 7) & 1) != 0;
  }

  /** The value as a Java caller would convert it: {@code (float) value}; a bool is 1 or 0. A text column throws. */
  public float getFloat(int at) {
    return switch (type) {
      case FLOAT32 -> block.getFloat(valuesAt + (at << 2));
      case FLOAT64 -> (float) block.getDouble(valuesAt + (at << 3));
      case INT32 -> block.getInt(valuesAt + (at << 2));
      case INT64 -> block.getLong(valuesAt + (at << 3));
      case BOOL -> bit(valuesAt, at) ? 1f : 0f;
      case STRING -> throw notA("number");
    };
  }

  /** The value as a Java caller would convert it: {@code (double) value}; a bool is 1 or 0. A text column throws. */
  public double getDouble(int at) {
    return switch (type) {
      case FLOAT64 -> block.getDouble(valuesAt + (at << 3));
      case FLOAT32 -> block.getFloat(valuesAt + (at << 2));
      case INT32 -> block.getInt(valuesAt + (at << 2));
      case INT64 -> block.getLong(valuesAt + (at << 3));
      case BOOL -> bit(valuesAt, at) ? 1.0 : 0.0;
      case STRING -> throw notA("number");
    };
  }

  /** The value of an int32 or bool column. Any other type throws: nothing is narrowed here. */
  public int getInt(int at) {
    return switch (type) {
      case INT32 -> block.getInt(valuesAt + (at << 2));
      case BOOL -> bit(valuesAt, at) ? 1 : 0;
      default -> throw notA("32-bit whole number");
    };
  }

  /** The value of an int64, int32 or bool column. Any other type throws: nothing is narrowed here. */
  public long getLong(int at) {
    return switch (type) {
      case INT64 -> block.getLong(valuesAt + (at << 3));
      case INT32 -> block.getInt(valuesAt + (at << 2));
      case BOOL -> bit(valuesAt, at) ? 1 : 0;
      default -> throw notA("whole number");
    };
  }

  public boolean getBoolean(int at) {
    if (type != Type.BOOL) {
      throw notA("bool");
    }
    return bit(valuesAt, at);
  }

  /** The text; equal ones of a batch are often the same object, as few texts fill most columns. */
  public String getString(int at) {
    if (type != Type.STRING) {
      throw notA("text");
    }
    int from = block.getInt(offsetsAt + (at << 2));
    int length = block.getInt(offsetsAt + (at << 2) + Integer.BYTES) - from;
    if (texts == null) {
      texts = new Texts(block);
    }
    return texts.get(valuesAt + from, length);
  }

  /**
   * The numbers of rows {@code from} to {@code to} (excluded) as {@link #getFloat} has them, missing as NaN: that of row {@code from} into
   * {@code target[first][place]}, the next into {@code target[first + 1][place]}. A text column throws.
   */
  void floats(int from, int to, float[][] target, int first, int place) {
    int shift = first - from;
    switch (type) {
      case FLOAT32 -> {
        for (int row = from; row < to; row++) {
          target[row + shift][place] = block.getFloat(valuesAt + (row << 2));
        }
      }
      case FLOAT64 -> {
        for (int row = from; row < to; row++) {
          target[row + shift][place] = (float) block.getDouble(valuesAt + (row << 3));
        }
      }
      default -> {
        for (int row = from; row < to; row++) {
          target[row + shift][place] = getFloat(row);
        }
      }
    }
    for (int row = from; validityAt >= 0 && row < to; row++) {
      if (isNull(row)) {
        target[row + shift][place] = Float.NaN;
      }
    }
  }

  /** The same as doubles, {@code stride} places apart from {@code at} on. */
  void doubles(int from, int to, double[] target, int at, int stride) {
    int end = at + (to - from) * stride;
    switch (type) {
      case FLOAT64 -> {
        for (int row = from, i = at; i < end; row++, i += stride) {
          target[i] = block.getDouble(valuesAt + (row << 3));
        }
      }
      case FLOAT32 -> {
        for (int row = from, i = at; i < end; row++, i += stride) {
          target[i] = block.getFloat(valuesAt + (row << 2));
        }
      }
      default -> {
        for (int row = from, i = at; i < end; row++, i += stride) {
          target[i] = getDouble(row);
        }
      }
    }
    for (int row = from; validityAt >= 0 && row < to; row++) {
      if (isNull(row)) {
        target[at + (row - from) * stride] = Double.NaN;
      }
    }
  }

  /** The value in the Java class of its type (Float, Double, Integer, Long, Boolean, String), or null where its cell is missing. */
  public Object get(int at) {
    if (isNull(at / length)) {
      return null;
    }
    return switch (type) {
      case FLOAT64 -> block.getDouble(valuesAt + (at << 3));
      case FLOAT32 -> block.getFloat(valuesAt + (at << 2));
      case INT32 -> block.getInt(valuesAt + (at << 2));
      case INT64 -> block.getLong(valuesAt + (at << 3));
      case BOOL -> bit(valuesAt, at);
      case STRING -> getString(at);
    };
  }

  /** The values of all rows where they lie in the block: direct, native order, no copy. Bits for bool, UTF-8 for text. */
  public ByteBuffer values() {
    return block.slice(valuesAt, valuesLength).order(ByteOrder.nativeOrder());
  }

  private IllegalStateException notA(String wanted) {
    return new IllegalStateException("column " + name + " is " + type.text() + ", wanted a " + wanted);
  }
}
