package parity.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import parity.harness.CellWriter;
import parity.harness.Scores;
import parity.harness.ScoringException;

/**
 * One batch on its way through the pipeline. Rows carry their number, because a stage may drop some. A batch that Spark declines is
 * halved to find the row that it means; where that takes too many calls, the batch is declined as it is.
 */
final class Call {
  private static final String NUMBER = "parity row number";
  private static final String DROPPED = "Spark answers without this row: a stage whose handleInvalid is \"skip\" drops it";

  private final SparkSession session;
  private final Transformer model;
  private final List<CellWriter> outputs;
  private final List<Input> inputs;
  private final boolean columnsAbsent;
  private final Scores scores;
  private final StructType schema;
  private int callsLeft;

  /** {@code inputs} are those that columns feed; {@code columnsAbsent} says that there are more. */
  Call(SparkSession session, Transformer model, List<Input> inputs, boolean columnsAbsent, List<CellWriter> outputs, Scores scores) {
    this.session = session;
    this.model = model;
    this.inputs = inputs;
    this.columnsAbsent = columnsAbsent;
    this.outputs = outputs;
    this.scores = scores;
    List<StructField> fields = new ArrayList<>();
    fields.add(DataTypes.createStructField(NUMBER, DataTypes.IntegerType, false));
    inputs.forEach(input -> fields.add(input.field()));
    schema = DataTypes.createStructType(fields);
  }

  void score() throws ScoringException {
    List<Row> rows = new ArrayList<>(scores.rows());
    for (int row = 0; row < scores.rows(); row++) {
      rows.add(row(row));
    }
    // Enough to find one or two rows among all; where there are more, the caller knows better how the batch was made.
    callsLeft = 4 * (Integer.SIZE - Integer.numberOfLeadingZeros(rows.size())) + 1;
    read(rows);
  }

  private Row row(int row) {
    Object[] cells = new Object[inputs.size() + 1];
    cells[0] = row;
    for (int i = 0; i < inputs.size(); i++) {
      cells[i + 1] = inputs.get(i).cell(row);
    }
    return RowFactory.create(cells);
  }

  private void read(List<Row> rows) throws ScoringException {
    callsLeft--;
    Dataset<Row> transformed = transformed(rows);
    List<Row> answers;
    try {
      answers = transformed.collectAsList();
    } catch (Exception thrown) {
      // An engine is called here, from Scala, which throws checked exceptions that it does not declare.
      halve(rows, Refusals.ofRow(thrown));
      return;
    }
    boolean[] answered = new boolean[scores.rows()];
    for (Row answer : answers) {
      answered[answer.getInt(0)] = true;
      write(answer);
    }
    for (Row row : rows) {
      if (!answered[row.getInt(0)]) {
        scores.refuse(row.getInt(0), "invalid-value", DROPPED);
      }
    }
  }

  private Dataset<Row> transformed(List<Row> rows) throws ScoringException {
    try {
      String[] names = outputs.stream().map(output -> output.spec().name()).toArray(String[]::new);
      return model.transform(session.createDataFrame(rows, schema)).select(NUMBER, names);
    } catch (Exception thrown) {
      // An engine is called here; see above.
      throw Refusals.ofColumns(thrown, columnsAbsent);
    }
  }

  private void halve(List<Row> rows, ScoringException refusal) throws ScoringException {
    if (rows.size() == 1) {
      scores.refuse(rows.get(0).getInt(0), refusal.kind(), refusal.getMessage());
    } else if (callsLeft < 2) {
      throw refusal;
    } else {
      int middle = rows.size() / 2;
      read(rows.subList(0, middle));
      read(rows.subList(middle, rows.size()));
    }
  }

  private void write(Row answer) {
    for (int i = 0; i < outputs.size(); i++) {
      Object value = answer.get(i + 1);
      if (value instanceof Vector vector) {
        outputs.get(i).put(answer.getInt(0), vector.toArray());
      } else {
        outputs.get(i).put(answer.getInt(0), 0, value);
      }
    }
  }
}
