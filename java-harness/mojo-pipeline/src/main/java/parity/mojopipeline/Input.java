package parity.mojopipeline;

import ai.h2o.mojos.runtime.api.MojoColumnMeta;
import ai.h2o.mojos.runtime.frame.MojoColumn;
import ai.h2o.mojos.runtime.frame.MojoRowBuilder;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Type;

/** One column of the input frame, set in the engine's own type. */
final class Input {
  private final String name;
  private final MojoColumn.Type type;
  private Column column;

  Input(MojoColumnMeta meta) {
    name = meta.getColumnName();
    type = meta.getColumnType();
  }

  Signature.Input spec() {
    return new Signature.Input(name, Types.name(type), 1, null);
  }

  void bind(Batch batch) throws ScoringException {
    column = batch.onlyColumnOf(name);
    if (column == null) {
      throw new ScoringException("column-absent", "column " + name + " was not given");
    }
    if ((column.type() == Type.STRING) != Types.name(type).equals("string")) {
      throw new ScoringException("type", "column " + column.name() + " is " + column.type().text() + ", but the pipeline's " + name + " is " + type);
    }
  }

  void set(MojoRowBuilder cells, int row) {
    if (column.isNull(row)) {
      return;
    }
    switch (type) {
      case Bool -> cells.setBool(name, column.getDouble(row) != 0.0);
      case Int32 -> cells.setInt(name, (int) column.getDouble(row));
      case Int64 -> cells.setLong(name, column.type() == Type.INT64 ? column.getLong(row) : (long) column.getDouble(row));
      case Float32 -> cells.setFloat(name, column.getFloat(row));
      case Float64 -> cells.setDouble(name, column.getDouble(row));
      case Str -> cells.setString(name, column.getString(row));
      case Time64 -> cells.setValue(name, column.getString(row));
    }
  }
}
