package parity.pfa;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.ObjIntConsumer;
import parity.harness.Scores;
import parity.harness.Signature;

/** Moves one value of the answer, or one of its fields, into the scores. An array is as wide as that of the first row scored. */
final class Output {
  private final Signature.Output spec;
  private Scores scores;
  private int width;
  private ObjIntConsumer<Object> writer;
  private String[] texts;

  Output(String name, Typed type) {
    spec = new Signature.Output(name, type.name(), null, type.width(), null);
  }

  Signature.Output spec() {
    return spec;
  }

  void begin(Scores target) {
    scores = target;
    texts = null;
    writer = null;
    if (spec.width() != null) {
      claim(spec.width());
    }
  }

  private void claim(int found) {
    width = found;
    writer = switch (spec.type()) {
      case "float64" -> {
        var doubles = scores.doubles(spec.name(), width);
        yield (value, cell) -> doubles.put(cell, ((Number) value).doubleValue());
      }
      case "float32" -> {
        var floats = scores.floats(spec.name(), width);
        yield (value, cell) -> floats.put(cell, ((Number) value).floatValue());
      }
      case "int32" -> {
        var ints = scores.ints(spec.name(), width);
        yield (value, cell) -> ints.put(cell, (Integer) value);
      }
      case "int64" -> {
        var longs = scores.longs(spec.name(), width);
        yield (value, cell) -> longs.put(cell, ((Number) value).longValue());
      }
      case "bool" -> {
        ByteBuffer bools = scores.bools(spec.name(), width);
        yield (value, cell) -> bools.put(cell, (byte) ((Boolean) value ? 1 : 0));
      }
      default -> {
        texts = new String[scores.rows() * width];
        yield (value, cell) -> texts[cell] = value.toString();
      }
    };
  }

  void write(int row, Object value) {
    if (!(value instanceof List<?> several)) {
      one(row * width, value);
      return;
    }
    if (writer == null) {
      claim(several.size());
    }
    if (several.size() != width) {
      throw new IllegalStateException("output " + spec.name() + " has " + several.size() + " values, other rows have " + width);
    }
    for (int i = 0; i < width; i++) {
      one(row * width + i, several.get(i));
    }
  }

  private void one(int cell, Object value) {
    if (value != null) {
      writer.accept(value, cell);
    } else if (texts == null) {
      scores.missing(spec.name()).put(cell, (byte) 1);
    }
  }

  void end() {
    if (writer == null) {
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
