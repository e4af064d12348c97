package parity.pfa;

import java.util.List;
import parity.harness.CellWriter;
import parity.harness.Scores;
import parity.harness.Signature;

/** Moves one value of the answer, or one of its fields, into the scores. An array is as wide as that of the first row scored. */
final class Output {
  private final CellWriter cells;

  Output(String name, Typed type) {
    cells = new CellWriter(new Signature.Output(name, type.name(), null, type.width(), null));
  }

  Signature.Output spec() {
    return cells.spec();
  }

  void begin(Scores target) {
    cells.begin(target);
  }

  void write(int row, Object value) {
    if (!(value instanceof List<?> several)) {
      cells.put(row, 0, value);
      return;
    }
    cells.expect(several.size());
    for (int i = 0; i < several.size(); i++) {
      cells.put(row, i, several.get(i));
    }
  }

  void end() {
    cells.end();
  }
}
