package parity.pfa;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Type;

/** One field of the document's input, fed by one column, or an array fed by several. */
final class Input {
  private final String name;
  private final Typed type;
  private List<Column> columns;

  Input(String name, Typed type) {
    this.name = name;
    this.type = type;
  }

  Signature.Input spec() {
    return new Signature.Input(name, type.name(), type.width(), type.symbols());
  }

  void bind(Batch batch) throws ScoringException {
    columns = batch.columnsOf(name);
    if (columns.isEmpty()) {
      throw new ScoringException("column-absent", "column " + name + " was not given");
    }
    if (type.width() != null && columns.size() > 1) {
      throw new ScoringException("shape", "input " + name + " takes one column, given " + columns.size());
    }
    for (Column column : columns) {
      // A Java caller would not compile what this refuses: text for a number, or the other way round.
      if ((column.type() == Type.STRING) != type.name().equals("string")) {
        throw new ScoringException("type", "column " + column.name() + " is " + column.type().text() + ", but the document takes " + type.schema() + " there");
      }
    }
  }

  boolean lacks(int row) {
    return columns.stream().anyMatch(column -> column.isNull(row));
  }

  Object cell(int row) {
    if (type.width() != null) {
      return one(columns.get(0), row);
    }
    List<Object> cells = new ArrayList<>(columns.size());
    for (Column column : columns) {
      cells.add(one(column, row));
    }
    return cells;
  }

  private Object one(Column column, int row) {
    if (column.isNull(row)) {
      return null;
    }
    return switch (type.name()) {
      case "float64" -> column.getDouble(row);
      case "float32" -> column.getFloat(row);
      case "int32" -> (int) column.getDouble(row);
      case "int64" -> column.type() == Type.INT64 ? (Object) column.getLong(row) : (Object) (long) column.getDouble(row);
      case "bool" -> column.getDouble(row) != 0.0;
      default -> type.schema().getType() == Schema.Type.ENUM ? new GenericData.EnumSymbol(type.schema(), column.getString(row)) : column.getString(row);
    };
  }
}
