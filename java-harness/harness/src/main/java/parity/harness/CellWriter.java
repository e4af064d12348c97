package parity.harness;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;

/**
 * Writes one output value by value, for engines that answer row by row. A number is converted as {@link Number} converts it, text is
 * what {@code toString} says, null a missing cell. The width of an output that does not declare one is that of its first row.
 */
public final class CellWriter {
  private final Signature.Output spec;
  private Scores scores;
  private Integer width;
  private FloatBuffer floats;
  private DoubleBuffer doubles;
  private IntBuffer ints;
  private LongBuffer longs;
  private ByteBuffer bools;
  private String[] texts;

  public CellWriter(Signature.Output spec) {
    this.spec = spec;
  }

  public Signature.Output spec() {
    return spec;
  }

  /** Starts over for the next batch. */
  public void begin(Scores target) {
    scores = target;
    width = null;
    texts = null;
    if (spec.width() != null) {
      claim(spec.width());
    }
  }

  private void claim(int found) {
    width = found;
    switch (spec.type()) {
      case "float32" -> floats = scores.floats(spec.name(), found);
      case "float64" -> doubles = scores.doubles(spec.name(), found);
      case "int32" -> ints = scores.ints(spec.name(), found);
      case "int64" -> longs = scores.longs(spec.name(), found);
      case "bool" -> bools = scores.bools(spec.name(), found);
      default -> texts = new String[scores.rows() * found];
    }
  }

  /** Says that a row has so many values. Throws IllegalStateException where other rows have another number. */
  public void expect(int found) {
    if (width == null) {
      claim(found);
    }
    if (found != width) {
      throw new IllegalStateException("output " + spec.name() + " has " + found + " values in a row, wanted " + width);
    }
  }

  /** Throws ClassCastException where the value is not of the output's type. */
  public void put(int row, int column, Object value) {
    int cell = row * width + column;
    if (value == null) {
      markMissing(cell);
    } else if (texts != null) {
      texts[cell] = value.toString();
    } else if (doubles != null) {
      doubles.put(cell, ((Number) value).doubleValue());
    } else if (floats != null) {
      floats.put(cell, ((Number) value).floatValue());
    } else if (longs != null) {
      longs.put(cell, ((Number) value).longValue());
    } else if (ints != null) {
      ints.put(cell, (Integer) value);
    } else {
      bools.put(cell, (byte) ((Boolean) value ? 1 : 0));
    }
  }

  /** All values of a row of doubles at once; the output is one of doubles. */
  public void put(int row, double[] values) {
    expect(values.length);
    doubles.put(row * width, values);
  }

  private void markMissing(int cell) {
    // Text has its own mark: a null among the values.
    if (texts == null) {
      scores.missing(spec.name()).put(cell, (byte) 1);
    }
  }

  /** Hands over what was kept back until now. An output of which no row told the width has none. */
  public void end() {
    if (width == null) {
      claim(0);
    }
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
