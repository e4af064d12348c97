package parity.mojopipeline;

import ai.h2o.mojos.runtime.api.MojoColumnMeta;
import ai.h2o.mojos.runtime.frame.MojoColumn;
import java.lang.reflect.Array;
import parity.harness.CellWriter;
import parity.harness.Scores;
import parity.harness.Signature;

/** One column of the output frame: an array of the engine's type, in which a missing cell is that type's own mark. */
final class Output {
  private final CellWriter cells;
  private final MojoColumn.Type type;

  Output(MojoColumnMeta meta) {
    type = meta.getColumnType();
    // A pipeline does not say what its columns are; text is a class.
    String kind = type == MojoColumn.Type.Str ? "label" : null;
    cells = new CellWriter(new Signature.Output(meta.getColumnName(), Types.name(type), kind, 1, null));
  }

  Signature.Output spec() {
    return cells.spec();
  }

  void read(Object column, Scores scores) {
    cells.begin(scores);
    for (int row = 0; row < scores.rows(); row++) {
      Object value = Array.get(column, row);
      boolean missing = value == null || type.isNA(value);
      cells.put(row, 0, missing ? null : type == MojoColumn.Type.Bool ? (Object) (((Number) value).intValue() != 0) : value);
    }
    cells.end();
  }
}
