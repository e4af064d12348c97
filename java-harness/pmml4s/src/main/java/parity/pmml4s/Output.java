package parity.pmml4s;

import java.util.List;
import java.util.Map;
import parity.harness.CellWriter;
import parity.harness.Scores;
import parity.harness.Signature;

/** Moves one output of the signature from a result map into the scores: one field of the map per column. */
final class Output {
  private final CellWriter cells;
  private final List<String> fields;
  private final boolean whole;

  Output(Signature.Output spec, List<String> fields) {
    this.cells = new CellWriter(spec);
    this.fields = fields;
    this.whole = spec.type().equals("int64");
  }

  Signature.Output spec() {
    return cells.spec();
  }

  void begin(Scores target) {
    cells.begin(target);
  }

  /** Throws ClassCastException where a value is not of the declared type. */
  void read(int row, Map<String, Object> result) {
    for (int column = 0; column < fields.size(); column++) {
      Object value = result.get(fields.get(column));
      cells.put(row, column, whole ? whole(value) : value);
    }
  }

  // A fraction in a field of whole numbers is a refusal: the writer would cut it off.
  private static Object whole(Object value) {
    return value instanceof Integer ? value : (Long) value;
  }

  void end() {
    cells.end();
  }
}
