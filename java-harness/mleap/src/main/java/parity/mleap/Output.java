package parity.mleap;

import java.lang.reflect.Array;
import java.util.Map;
import ml.combust.mleap.tensor.Tensor;
import parity.harness.CellWriter;
import parity.harness.Scores;
import parity.harness.Signature;

/** Moves one column of the transformed frame into the scores. The width of a vector that the bundle does not tell is its first row's. */
final class Output {
  private static final Map<String, Class<?>> CLASSES =
      Map.of(
          "float64", Double.class,
          "float32", Float.class,
          "int32", Integer.class,
          "int64", Long.class,
          "bool", Boolean.class,
          "string", String.class);

  private final CellWriter cells;
  // MLeap declares what it gives: another class is a fault to be told, and nothing to convert.
  private final Class<?> declared;

  Output(Signature.Output spec) {
    this.cells = new CellWriter(spec);
    this.declared = CLASSES.get(spec.type());
  }

  Signature.Output spec() {
    return cells.spec();
  }

  void begin(Scores target) {
    cells.begin(target);
  }

  void write(int row, Object value) {
    if (!(value instanceof Tensor<?> tensor)) {
      cells.put(row, 0, declared.cast(value));
      return;
    }
    Object values = tensor.toDense().rawValues();
    if (values instanceof double[] numbers) {
      cells.put(row, numbers);
      return;
    }
    int length = Array.getLength(values);
    cells.expect(length);
    for (int i = 0; i < length; i++) {
      cells.put(row, i, declared.cast(Array.get(values, i)));
    }
  }

  void end() {
    cells.end();
  }
}
