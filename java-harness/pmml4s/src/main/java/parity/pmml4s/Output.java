package parity.pmml4s;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.LongBuffer;
import java.util.List;
import java.util.Map;
import parity.harness.Scores;
import parity.harness.Signature;

/** Moves one output of the signature from a result map into the scores: one field of the map per column. */
final class Output {
  private final Signature.Output spec;
  private final List<String> fields;
  private final int width;
  private Scores scores;
  private DoubleBuffer doubles;
  private LongBuffer longs;
  private ByteBuffer bools;
  private String[] texts;

  Output(Signature.Output spec, List<String> fields) {
    this.spec = spec;
    this.fields = fields;
    this.width = fields.size();
  }

  Signature.Output spec() {
    return spec;
  }

  void begin(Scores target) {
    scores = target;
    switch (spec.type()) {
      case "float64" -> doubles = target.doubles(spec.name(), width);
      case "int64" -> longs = target.longs(spec.name(), width);
      case "bool" -> bools = target.bools(spec.name(), width);
      default -> texts = new String[target.rows() * width];
    }
  }

  /** Throws ClassCastException where a value is not of the declared type. */
  void read(int row, Map<String, Object> result) {
    for (int column = 0; column < width; column++) {
      Object value = result.get(fields.get(column));
      if (value == null) {
        markMissing(row * width + column);
      } else {
        write(row * width + column, value);
      }
    }
  }

  private void markMissing(int cell) {
    // Text has its own mark: a null among the values.
    if (texts == null) {
      scores.missing(spec.name()).put(cell, (byte) 1);
    }
  }

  private void write(int cell, Object value) {
    if (doubles != null) {
      doubles.put(cell, ((Number) value).doubleValue());
    } else if (longs != null) {
      longs.put(cell, value instanceof Integer small ? small : (Long) value);
    } else if (bools != null) {
      bools.put(cell, (byte) ((Boolean) value ? 1 : 0));
    } else {
      texts[cell] = value.toString();
    }
  }

  void end() {
    if (texts != null) {
      fillRefused();
      scores.strings(spec.name(), width, texts);
    }
    scores = null;
  }

  // A refused row has no value, but is not missing either: the refusal alone says what became of it.
  private void fillRefused() {
    for (int cell = 0; cell < texts.length; cell++) {
      if (texts[cell] == null && scores.isRefused(cell / width)) {
        texts[cell] = "";
      }
    }
  }
}
