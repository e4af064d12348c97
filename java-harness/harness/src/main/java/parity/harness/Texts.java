package parity.harness;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Texts of a mapped block, decoded from UTF-8. The last text of each slot is kept: a column of categories is decoded once a category, and
 * its texts keep the hash that engines look them up by.
 */
final class Texts {
  private static final int SLOTS = 256; // a power of two
  private static final int LONGEST = 64; // bytes; longer texts are seldom categories

  private final ByteBuffer block;
  private final byte[] bytes = new byte[LONGEST];
  private final byte[][] encoded = new byte[SLOTS][];
  private final String[] decoded = new String[SLOTS];

  Texts(ByteBuffer block) {
    this.block = block;
  }

  String get(int at, int length) {
    if (length > LONGEST) {
      byte[] text = new byte[length];
      block.get(at, text);
      return new String(text, StandardCharsets.UTF_8);
    }
    block.get(at, bytes, 0, length);
    int hash = length;
    for (int i = 0; i < length; i++) {
      hash = 31 * hash + bytes[i];
    }
    int slot = (hash ^ hash >>> 8 ^ hash >>> 16) & (SLOTS - 1);
    byte[] kept = encoded[slot];
    if (kept == null || !Arrays.equals(kept, 0, kept.length, bytes, 0, length)) {
      encoded[slot] = Arrays.copyOf(bytes, length);
      decoded[slot] = new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
    return decoded[slot];
  }
}
