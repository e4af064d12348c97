package parity.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Writes a block as the Python side does, and reads back what Java left in it. Cells are boxed; null is missing. */
final class BlockFile {
  private static final int TABLE_AT = 256;
  private static final int OUTPUTS_AT = 2048;
  private static final int DATA_AT = 4096;

  final Path path;
  final int size;
  final List<String> names = new ArrayList<>();
  final List<Type> types = new ArrayList<>();
  final List<int[]> shapes = new ArrayList<>();
  private final ByteBuffer bytes;
  private int next = DATA_AT;

  BlockFile(Path folder, int rows, int size) {
    this.path = folder.resolve("test-" + System.nanoTime() + ".block");
    this.size = size;
    this.bytes = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    long[] header = {Block.MAGIC, Block.VERSION, size, 1, rows};
    for (int slot = 0; slot < header.length; slot++) {
      set(slot, header[slot]);
    }
    set(Block.COLUMN_TABLE, TABLE_AT);
    set(Block.OUTPUT_TABLE, OUTPUTS_AT);
    set(Block.OUTPUT_TABLE_CAPACITY, 8);
  }

  void set(int slot, long value) {
    bytes.putLong(slot * Long.BYTES, value);
  }

  BlockFile column(String name, Type type, Object... cells) {
    return column(name, type, new int[0], Arrays.asList(cells).contains(null) ? cells : null, cells);
  }

  /** Tensors, their values in order; {@code present} has null for the missing ones, or is null where all are there. */
  BlockFile column(String name, Type type, int[] shape, Object[] present, Object... cells) {
    int entry = TABLE_AT + names.size() * Block.COLUMN_SLOTS * Long.BYTES;
    long validity = present == null ? -1 : bits(present, true);
    long offsets = -1;
    long values;
    int length;
    if (type == Type.STRING) {
      offsets = next;
      values = texts(cells);
      length = next - (int) values;
    } else {
      values = type == Type.BOOL ? bits(cells, false) : numbers(type, cells);
      length = next - (int) values;
    }
    long[] slots = {type.code, validity, offsets, values, length, Arrays.stream(shape).reduce(1, Math::multiplyExact)};
    for (int i = 0; i < slots.length; i++) {
      bytes.putLong(entry + i * Long.BYTES, slots[i]);
    }
    names.add(name);
    types.add(type);
    shapes.add(shape);
    next = (next + 7) & ~7;
    return this;
  }

  private long bits(Object[] cells, boolean validity) {
    long at = next;
    for (int i = 0; i < cells.length; i++) {
      boolean on = validity ? cells[i] != null : Boolean.TRUE.equals(cells[i]);
      int place = next + i / 8;
      bytes.put(place, (byte) (bytes.get(place) | (on ? 1 << i % 8 : 0)));
    }
    next = (next + (cells.length + 7) / 8 + 7) & ~7;
    return at;
  }

  private long numbers(Type type, Object[] cells) {
    long at = next;
    for (Object cell : cells) {
      Number number = cell == null ? 0 : (Number) cell;
      switch (type) {
        case FLOAT32 -> bytes.putFloat(next, number.floatValue());
        case FLOAT64 -> bytes.putDouble(next, number.doubleValue());
        case INT32 -> bytes.putInt(next, number.intValue());
        default -> bytes.putLong(next, number.longValue());
      }
      next += type.bytes;
    }
    return at;
  }

  private long texts(Object[] cells) {
    int offsetsAt = next;
    int at = (next + (cells.length + 1) * Integer.BYTES + 7) & ~7;
    next = at;
    for (int i = 0; i < cells.length; i++) {
      bytes.putInt(offsetsAt + i * Integer.BYTES, next - at);
      byte[] text = cells[i] == null ? new byte[0] : ((String) cells[i]).getBytes(StandardCharsets.UTF_8);
      bytes.put(next, text);
      next += text.length;
    }
    bytes.putInt(offsetsAt + cells.length * Integer.BYTES, next - at);
    return at;
  }

  /** Writes the file, with a region of that many bytes for scores, and gives it and the schema to the bridge. */
  BlockFile into(Bridge bridge, int scoresCapacity) {
    set(Block.COLUMNS, names.size());
    set(Block.SCORES, next);
    set(Block.SCORES_CAPACITY, scoresCapacity);
    save();
    try {
      bridge.map(path.toString(), size);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    bridge.schema(names.toArray(new String[0]), types.stream().mapToInt(type -> type.code).toArray(), names.toArray(new String[0]), shapes.toArray(new int[0][]));
    return this;
  }

  void save() {
    try {
      Files.write(path, bytes.array());
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** The file as it is now on disk. */
  ByteBuffer read() {
    try {
      return ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.nativeOrder());
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  long slot(int slot) {
    return read().getLong(slot * Long.BYTES);
  }

  /** type code, width, values offset, values length, missing offset, offsets offset of an output. */
  long[] output(int index) {
    long[] entry = new long[Block.OUTPUT_SLOTS];
    ByteBuffer now = read().position(OUTPUTS_AT + index * Block.OUTPUT_SLOTS * Long.BYTES).slice().order(ByteOrder.nativeOrder());
    now.asLongBuffer().get(entry);
    return entry;
  }

  String refusals() {
    byte[] text = new byte[(int) slot(Block.REFUSALS_LENGTH)];
    read().get((int) slot(Block.REFUSALS), text);
    return new String(text, StandardCharsets.UTF_8);
  }
}
