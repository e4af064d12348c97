package parity.mleap;

import java.util.List;
import ml.combust.mleap.core.types.StructField;
import ml.combust.mleap.core.types.TensorType;
import ml.combust.mleap.tensor.Tensor;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Type;
import scala.reflect.ClassTag$;

/** One field of the bundle's input schema: a scalar fed by one column, or a vector of doubles fed by as many as it is long. */
final class Input {
  private final StructField field;
  private final String type;
  private final Integer width;
  private final boolean vector;
  private final Object missing;
  private List<Column> columns;

  Input(StructField field, boolean missingIsNan) throws ScoringException {
    this.field = field;
    type = Types.name(field.dataType());
    width = Types.width(field);
    missing = missingIsNan && "float64".equals(type) ? (Object) Double.NaN : null;
    vector = field.dataType() instanceof TensorType;
    if (vector && !type.equals("float64")) {
      throw new ScoringException("artifact", "input " + field.name() + " is " + field.dataType() + "; of vectors, those of doubles are fed");
    }
  }

  StructField field() {
    return field;
  }

  Signature.Input spec() {
    return new Signature.Input(field.name(), type, width, null);
  }

  void bind(Batch batch) throws ScoringException {
    columns = vector ? batch.columnsOf(field.name()) : onlyColumn(batch);
    if (columns.isEmpty()) {
      throw new ScoringException("column-absent", "column " + field.name() + " was not given");
    }
    for (Column column : columns) {
      check(column.type(), column.name());
    }
  }

  private List<Column> onlyColumn(Batch batch) throws ScoringException {
    Column found = batch.onlyColumnOf(field.name());
    return found == null ? List.of() : List.of(found);
  }

  // A Java caller would not compile what this refuses: text for a number, or the other way round. Numbers are cast as below.
  private void check(Type given, String name) throws ScoringException {
    if ((given == Type.STRING) != type.equals("string")) {
      throw new ScoringException("type", "column " + name + " is " + given.text() + ", but MLeap's field " + field.name() + " is " + field.dataType().base());
    }
  }

  /** The cell in the class that MLeap wants; null, or NaN by the option, where it is missing. A vector has NaN in its place. */
  Object cell(int row) {
    if (vector) {
      return Tensor.denseVector(columns.stream().mapToDouble(column -> number(column, row)).toArray(), ClassTag$.MODULE$.Double());
    }
    Column column = columns.get(0);
    if (column.isNull(row)) {
      return missing;
    }
    return switch (type) {
      case "float64" -> column.getDouble(row);
      case "float32" -> column.getFloat(row);
      case "int32" -> (int) column.getDouble(row);
      case "int64" -> column.type() == Type.INT64 ? (Object) column.getLong(row) : (Object) (long) column.getDouble(row);
      case "bool" -> column.getDouble(row) != 0.0;
      default -> column.getString(row);
    };
  }

  private static double number(Column column, int row) {
    return column.isNull(row) ? Double.NaN : column.getDouble(row);
  }
}
