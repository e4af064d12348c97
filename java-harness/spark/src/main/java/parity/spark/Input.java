package parity.spark;

import java.util.List;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Type;

/**
 * One column of the frame: a column of its own type, as Spark converts it, or a vector of doubles made of one tensor column or of as
 * many columns as it is long, in which a missing number is NaN.
 */
final class Input {
  private final Signature.Input spec;
  private List<Column> columns = List.of();

  Input(Signature.Input spec) {
    this.spec = spec;
  }

  Signature.Input spec() {
    return spec;
  }

  private boolean isVector() {
    return spec.shape() != null;
  }

  /** False where no column feeds it: then the frame is without it, and Spark says what is missing. */
  boolean bind(Batch batch) throws ScoringException {
    Column only = isVector() ? null : batch.onlyColumnOf(spec.name());
    columns = isVector() ? batch.columnsOf(spec.name()) : only == null ? List.of() : List.of(only);
    for (Column column : columns) {
      if (isVector() && column.type() == Type.STRING) {
        throw new ScoringException("type", "column " + column.name() + " is text, but " + spec.name() + " is a vector of numbers");
      }
    }
    return !columns.isEmpty();
  }

  StructField field() {
    return DataTypes.createStructField(spec.name(), isVector() ? SQLDataTypes.VectorType() : type(columns.get(0)), true);
  }

  private static DataType type(Column column) {
    return switch (column.type()) {
      case FLOAT32 -> DataTypes.FloatType;
      case FLOAT64 -> DataTypes.DoubleType;
      case INT32 -> DataTypes.IntegerType;
      case INT64 -> DataTypes.LongType;
      case BOOL -> DataTypes.BooleanType;
      case STRING -> DataTypes.StringType;
    };
  }

  Object cell(int row) {
    if (!isVector()) {
      return columns.get(0).get(row);
    }
    Column first = columns.get(0);
    if (first.isTensor() && first.isNull(row)) {
      return null;
    }
    double[] values = new double[columns.stream().mapToInt(Column::length).sum()];
    int next = 0;
    for (Column column : columns) {
      for (int place = 0; place < column.length(); place++) {
        values[next++] = column.isNull(row) ? Double.NaN : column.getDouble(row * column.length() + place);
      }
    }
    return Vectors.dense(values);
  }
}
