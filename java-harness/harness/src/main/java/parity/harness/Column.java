package parity.harness;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * One column of a batch, read from the mapped block without copying. Missing (null) and NaN are two things: the getters do not look
 * at the validity bitmap, so ask {@link #isNull} first where {@link #hasNulls} says that it is worth asking.
 */
public final class Column {
  private final ByteBuffer block;
  private final String name;
  private final Type type;
  private final int validityAt;
  private final int offsetsAt;
  private final int valuesAt;
  private final int valuesLength;

  Column(ByteBuffer block, String name, Type type, int entryAt) {
    this.block = block;
    this.name = name;
    this.type = type;
    int code = slot(entryAt, 0);
    if (code != type.code) {
      throw new IllegalArgumentException("column " + name + " has type code " + code + " in the block, and " + type.code + " in the schema");
    }
    this.validityAt = slot(entryAt, 1);
    this.offsetsAt = slot(entryAt, 2);
    this.valuesAt = slot(entryAt, 3);
    this.valuesLength = slot(entryAt, 4);
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

  /** The cell as a Java caller would convert it: {@code (float) value}; a bool is 1 or 0. A text column throws. */
  public float getFloat(int row) {
    return switch (type) {
      case FLOAT32 -> block.getFloat(valuesAt + (row << 2));
      case FLOAT64 -> (float) block.getDouble(valuesAt + (row << 3));
      case INT32 -> block.getInt(valuesAt + (row << 2));
      case INT64 -> block.getLong(valuesAt + (row << 3));
      case BOOL -> bit(valuesAt, row) ? 1f : 0f;
      case STRING -> throw notA("number");
    };
  }

  /** The cell as a Java caller would convert it: {@code (double) value}; a bool is 1 or 0. A text column throws. */
  public double getDouble(int row) {
    return switch (type) {
      case FLOAT64 -> block.getDouble(valuesAt + (row << 3));
      case FLOAT32 -> block.getFloat(valuesAt + (row << 2));
      case INT32 -> block.getInt(valuesAt + (row << 2));
      case INT64 -> block.getLong(valuesAt + (row << 3));
      case BOOL -> bit(valuesAt, row) ? 1.0 : 0.0;
      case STRING -> throw notA("number");
    };
  }

  /** The cell of an int32 or bool column. Any other type throws: nothing is narrowed here. */
  public int getInt(int row) {
    return switch (type) {
      case INT32 -> block.getInt(valuesAt + (row << 2));
      case BOOL -> bit(valuesAt, row) ? 1 : 0;
      default -> throw notA("32-bit whole number");
    };
  }

  /** The cell of an int64, int32 or bool column. Any other type throws: nothing is narrowed here. */
  public long getLong(int row) {
    return switch (type) {
      case INT64 -> block.getLong(valuesAt + (row << 3));
      case INT32 -> block.getInt(valuesAt + (row << 2));
      case BOOL -> bit(valuesAt, row) ? 1 : 0;
      default -> throw notA("whole number");
    };
  }

  public boolean getBoolean(int row) {
    if (type != Type.BOOL) {
      throw notA("bool");
    }
    return bit(valuesAt, row);
  }

  public String getString(int row) {
    if (type != Type.STRING) {
      throw notA("text");
    }
    int from = block.getInt(offsetsAt + (row << 2));
    byte[] text = new byte[block.getInt(offsetsAt + (row << 2) + Integer.BYTES) - from];
    block.get(valuesAt + from, text);
    return new String(text, StandardCharsets.UTF_8);
  }

  /** The cell in the Java class of its type (Float, Double, Integer, Long, Boolean, String), or null where it is missing. */
  public Object get(int row) {
    if (isNull(row)) {
      return null;
    }
    return switch (type) {
      case FLOAT64 -> block.getDouble(valuesAt + (row << 3));
      case FLOAT32 -> block.getFloat(valuesAt + (row << 2));
      case INT32 -> block.getInt(valuesAt + (row << 2));
      case INT64 -> block.getLong(valuesAt + (row << 3));
      case BOOL -> bit(valuesAt, row);
      case STRING -> getString(row);
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
