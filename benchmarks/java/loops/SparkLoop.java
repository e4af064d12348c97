package benchmarks.loops;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Spark: a frame of the rows, {@code transform}, the probabilities collected. */
public final class SparkLoop implements Loop {
  private final SparkSession session;
  private final PipelineModel model;
  private final StructType schema;
  private final Rows rows;

  public SparkLoop(Path artifact, Rows rows) {
    String folder = System.getProperty("java.io.tmpdir");
    session = SparkSession.builder().appName("loop").master("local[1]").config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1").config("spark.driver.bindAddress", "127.0.0.1").config("spark.local.dir", folder)
        .config("spark.sql.warehouse.dir", folder + "/warehouse").config("spark.sql.shuffle.partitions", "1").getOrCreate();
    model = PipelineModel.load(artifact.toUri().toString());
    List<StructField> fields = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      fields.add(DataTypes.createStructField(name, DataTypes.DoubleType, true));
    }
    schema = DataTypes.createStructType(fields);
    this.rows = rows;
  }

  @Override
  public double[] score() {
    List<Row> given = new ArrayList<>(rows.count());
    for (double[] numbers : rows.numbers()) {
      given.add(RowFactory.create(numbers[0], numbers[1], numbers[2]));
    }
    double[] scores = new double[2 * rows.count()];
    int place = 0;
    for (Row answer : model.transform(session.createDataFrame(given, schema)).select("probability").collectAsList()) {
      Vector values = answer.getAs(0);
      scores[place++] = values.apply(0);
      scores[place++] = values.apply(1);
    }
    return scores;
  }
}
