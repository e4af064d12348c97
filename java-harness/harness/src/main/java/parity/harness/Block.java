package parity.harness;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The file that Python and Java both map: a header of int64 slots, the columns in Arrow's own layout, and a region for scores.
 * All offsets are bytes from the start of the block.
 */
final class Block {
  static final long MAGIC = 0x5041524954593031L;
  static final long VERSION = 2;

  static final int STATE = 3;
  static final int ROWS = 4;
  static final int COLUMNS = 5;
  static final int SCORES = 8;
  static final int SCORES_CAPACITY = 9;
  static final int OUTPUTS = 10;
  static final int REFUSED = 11;
  static final int REFUSALS = 12;
  static final int REFUSALS_LENGTH = 13;
  static final int BYTES_NEEDED = 14;
  static final int NANOSECONDS = 15;
  static final int COLUMN_TABLE = 16;
  static final int OUTPUT_TABLE = 17;
  static final int OUTPUT_TABLE_CAPACITY = 18;

  static final long SCORING = 2;
  static final long SCORED = 3;

  static final int COLUMN_SLOTS = 6;
  static final int OUTPUT_SLOTS = 6;

  final ByteBuffer bytes;

  private Block(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  static Block map(Path file, long size) throws IOException {
    if (size <= 0 || size > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("a block of " + size + " bytes cannot be mapped: wanted 1 to 2147483647; use fewer rows a batch");
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      // Mapping beyond the end would silently lengthen the file, without disk space behind it.
      if (channel.size() < size) {
        throw new IllegalArgumentException("block " + file + " has " + channel.size() + " bytes, wanted " + size);
      }
      Block block = new Block(channel.map(FileChannel.MapMode.READ_WRITE, 0, size).order(ByteOrder.nativeOrder()));
      block.check(file);
      return block;
    }
  }

  private void check(Path file) {
    if (get(0) != MAGIC || get(1) != VERSION) {
      throw new IllegalArgumentException(
          "block " + file + " starts with " + Long.toHexString(get(0)) + " version " + get(1)
              + ", wanted " + Long.toHexString(MAGIC) + " version " + VERSION + ": the Python side and parity-harness.jar are of different releases");
    }
  }

  long get(int slot) {
    return bytes.getLong(slot * Long.BYTES);
  }

  void set(int slot, long value) {
    bytes.putLong(slot * Long.BYTES, value);
  }

  int offset(int slot) {
    return Math.toIntExact(get(slot));
  }

  int capacity() {
    return bytes.capacity();
  }
}
