package parity.harness;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;

/**
 * Where a scorer writes. Buffers are row-major (rows, width) and lie in the block itself; they may hold an earlier batch's values,
 * so every cell of a row that is not refused has to be written. An output that does not fit is written to memory of its own
 * and dropped: {@link #bytesNeeded} then says how much the caller has to provide for the next try.
 */
public final class Scores {
  private static final int MAX_MESSAGE = 2_000;
  private static final int MAX_KNOWN = 256;
  private static final byte[] NOTHING = {};

  private static final class Written {
    Type type;
    int width;
    long valuesAt;
    long valuesLength;
    long missingAt = -1;
    long offsetsAt = -1;
    ByteBuffer missing;
  }

  private final Signature signature;
  private final Written[] written;
  private final StringBuilder refusals = new StringBuilder();
  private final BitSet refused = new BitSet();
  private ByteBuffer block;
  private long next;
  private long end;
  private int rows;

  Scores(Signature signature) {
    this.signature = signature;
    this.written = new Written[signature.outputs().size()];
  }

  /** Starts over, in {@code capacity} bytes of the block from {@code regionAt}. */
  void reset(ByteBuffer block, long regionAt, long capacity, int rows) {
    this.block = block;
    this.next = regionAt;
    this.end = regionAt + capacity;
    this.rows = rows;
    java.util.Arrays.fill(written, null);
    refused.clear();
    refusals.setLength(0);
  }

  public int rows() {
    return rows;
  }

  public FloatBuffer floats(String output, int width) {
    return claim(output, Type.FLOAT32, width).asFloatBuffer();
  }

  public DoubleBuffer doubles(String output, int width) {
    return claim(output, Type.FLOAT64, width).asDoubleBuffer();
  }

  public IntBuffer ints(String output, int width) {
    return claim(output, Type.INT32, width).asIntBuffer();
  }

  public LongBuffer longs(String output, int width) {
    return claim(output, Type.INT64, width).asLongBuffer();
  }

  /** One byte a cell: 1 is true. */
  public ByteBuffer bools(String output, int width) {
    return claim(output, Type.BOOL, width);
  }

  /** Writes rows * width texts; a null is a missing cell. */
  public void strings(String output, int width, String[] values) {
    if (values.length != rows * width) {
      throw new IllegalArgumentException("output " + output + ": " + values.length + " texts for " + rows + " rows of " + width);
    }
    byte[][] encoded = new byte[values.length][];
    int[] ends = new int[values.length + 1];
    Map<String, byte[]> known = new HashMap<>();
    for (int i = 0; i < values.length; i++) {
      encoded[i] = values[i] == null ? NOTHING : encoded(values[i], known);
      ends[i + 1] = Math.addExact(ends[i], encoded[i].length);
    }
    byte[] joined = new byte[ends[values.length]];
    for (int i = 0; i < values.length; i++) {
      System.arraycopy(encoded[i], 0, joined, ends[i], encoded[i].length);
    }
    Written entry = begin(output, Type.STRING, width);
    entry.offsetsAt = aligned();
    take((long) ends.length * Integer.BYTES).asIntBuffer().put(ends);
    entry.valuesAt = aligned();
    entry.valuesLength = joined.length;
    take(joined.length).put(joined);
    markNulls(output, values);
  }

  // Labels are few texts, many times over.
  private static byte[] encoded(String text, Map<String, byte[]> known) {
    byte[] bytes = known.get(text);
    if (bytes == null) {
      bytes = text.getBytes(StandardCharsets.UTF_8);
      if (known.size() < MAX_KNOWN) {
        known.put(text, bytes);
      }
    }
    return bytes;
  }

  private void markNulls(String output, String[] values) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null) {
        missing(output).put(i, (byte) 1);
      }
    }
  }

  /** The mask of an output that was claimed before: one byte a cell, 1 where the engine gave no value. Made on the first call. */
  public ByteBuffer missing(String output) {
    Written entry = written[index(output)];
    if (entry == null) {
      throw new IllegalStateException("output " + output + " has a mask before it has values");
    }
    if (entry.missing == null) {
      entry.missingAt = aligned();
      entry.missing = take((long) rows * entry.width);
      for (int i = 0; i < entry.missing.limit(); i++) {
        entry.missing.put(i, (byte) 0);
      }
    }
    return entry.missing;
  }

  /** Declines one row; the first refusal of a row counts. */
  public void refuse(int row, String kind, String message) {
    if (refused.get(row)) {
      return;
    }
    refused.set(row);
    String text = message == null ? "" : message.substring(0, Math.min(message.length(), MAX_MESSAGE));
    refusals.append(row).append('\t').append(escaped(kind)).append('\t').append(escaped(text)).append('\n');
  }

  public boolean isRefused(int row) {
    return refused.get(row);
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t");
  }

  private ByteBuffer claim(String output, Type type, int width) {
    Written entry = begin(output, type, width);
    entry.valuesAt = aligned();
    entry.valuesLength = (long) rows * width * type.bytes;
    return take(entry.valuesLength);
  }

  private Written begin(String output, Type type, int width) {
    int index = index(output);
    if (written[index] != null) {
      throw new IllegalStateException("output " + output + " is written twice");
    }
    Written entry = new Written();
    entry.type = type;
    entry.width = width;
    written[index] = entry;
    return entry;
  }

  private int index(String output) {
    for (int i = 0; i < written.length; i++) {
      if (signature.outputs().get(i).name().equals(output)) {
        return i;
      }
    }
    throw new IllegalArgumentException("output " + output + " is not in the signature");
  }

  private long aligned() {
    next = (next + 7) & ~7L;
    return next;
  }

  private ByteBuffer take(long bytes) {
    int length = Math.toIntExact(bytes);
    long at = next;
    next += bytes;
    ByteBuffer room = next <= end ? block.slice((int) at, length) : ByteBuffer.allocate(length);
    return room.order(ByteOrder.nativeOrder());
  }

  /** Writes the table, the refusals and the counts into the block. Returns false where the region was too small. */
  boolean finish(Block target) throws ScoringException {
    byte[] text = refusals.toString().getBytes(StandardCharsets.UTF_8);
    long regionAt = target.get(Block.SCORES);
    long textAt = aligned();
    ByteBuffer room = take(text.length);
    if (next > end) {
      target.set(Block.BYTES_NEEDED, next - regionAt);
      return false;
    }
    room.put(text);
    writeTable(target);
    target.set(Block.OUTPUTS, written.length);
    target.set(Block.REFUSED, refused.cardinality());
    target.set(Block.REFUSALS, textAt);
    target.set(Block.REFUSALS_LENGTH, text.length);
    return true;
  }

  boolean fits() {
    return next <= end;
  }

  private void writeTable(Block target) throws ScoringException {
    if (written.length > target.get(Block.OUTPUT_TABLE_CAPACITY)) {
      throw new ScoringException("other", written.length + " outputs, but the block has room for " + target.get(Block.OUTPUT_TABLE_CAPACITY));
    }
    int at = target.offset(Block.OUTPUT_TABLE);
    for (int i = 0; i < written.length; i++) {
      Written entry = written[i];
      if (entry == null) {
        throw new ScoringException("other", "the scorer wrote nothing for output " + signature.outputs().get(i).name());
      }
      long[] slots = {entry.type.code, entry.width, entry.valuesAt, entry.valuesLength, entry.missingAt, entry.offsetsAt};
      for (long slot : slots) {
        target.bytes.putLong(at, slot);
        at += Long.BYTES;
      }
    }
  }
}
