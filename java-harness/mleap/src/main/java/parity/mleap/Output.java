package parity.mleap;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.util.function.ObjIntConsumer;
import ml.combust.mleap.tensor.Tensor;
import parity.harness.Scores;
import parity.harness.Signature;

/** Moves one column of the transformed frame into the scores. The width of a vector that the bundle does not tell is its first row's. */
final class Output {
  private final Signature.Output spec;
  private Scores scores;
  private int width;
  private ObjIntConsumer<Object> writer;
  private DoubleBuffer doubles;
  private String[] texts;

  Output(Signature.Output spec) {
    this.spec = spec;
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
        doubles = scores.doubles(spec.name(), width);
        yield (value, cell) -> doubles.put(cell, (Double) value);
      }
      case "float32" -> {
        var floats = scores.floats(spec.name(), width);
        yield (value, cell) -> floats.put(cell, (Float) value);
      }
      case "int32" -> {
        var ints = scores.ints(spec.name(), width);
        yield (value, cell) -> ints.put(cell, (Integer) value);
      }
      case "int64" -> {
        var longs = scores.longs(spec.name(), width);
        yield (value, cell) -> longs.put(cell, (Long) value);
      }
      case "bool" -> {
        ByteBuffer bools = scores.bools(spec.name(), width);
        yield (value, cell) -> bools.put(cell, (byte) ((Boolean) value ? 1 : 0));
      }
      default -> {
        texts = new String[scores.rows() * width];
        yield (value, cell) -> texts[cell] = (String) value;
      }
    };
  }

  void write(int row, Object value) {
    if (!(value instanceof Tensor<?> tensor)) {
      one(row * width, value);
      return;
    }
    Object values = tensor.toDense().rawValues();
    int length = Array.getLength(values);
    if (writer == null) {
      claim(length);
    }
    if (length != width) {
      throw new IllegalStateException("output " + spec.name() + " has " + length + " values, wanted " + width);
    }
    if (values instanceof double[] numbers) {
      doubles.put(row * width, numbers);
      return;
    }
    for (int i = 0; i < width; i++) {
      one(row * width + i, Array.get(values, i));
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
