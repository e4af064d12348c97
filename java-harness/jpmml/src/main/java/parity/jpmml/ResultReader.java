package parity.jpmml;

import java.util.List;
import java.util.Map;
import org.jpmml.evaluator.Computable;
import parity.harness.CellWriter;
import parity.harness.Scores;
import parity.harness.Signature;

/** Moves one output of the signature from an evaluator's result map into the scores: one field of the map per column. */
final class ResultReader {
  private final CellWriter cells;
  private final String[] fields;

  ResultReader(Signature.Output spec, List<String> fields) {
    this.cells = new CellWriter(spec);
    this.fields = fields.toArray(new String[0]);
  }

  Signature.Output spec() {
    return cells.spec();
  }

  void begin(Scores target) {
    cells.begin(target);
  }

  void read(int row, Map<String, ?> result) {
    for (int column = 0; column < fields.length; column++) {
      Object value = result.get(fields[column]);
      cells.put(row, column, value instanceof Computable computable ? computable.getResult() : value);
    }
  }

  void end() {
    cells.end();
  }
}
