package benchmarks.loops;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import ml.combust.mleap.core.types.StructField;
import ml.combust.mleap.core.types.StructType;
import ml.combust.mleap.runtime.frame.DefaultLeapFrame;
import ml.combust.mleap.runtime.frame.Row;
import ml.combust.mleap.runtime.frame.Transformer;
import ml.combust.mleap.runtime.javadsl.BundleBuilder;
import ml.combust.mleap.runtime.javadsl.ContextBuilder;
import ml.combust.mleap.runtime.javadsl.LeapFrameBuilder;
import ml.combust.mleap.runtime.javadsl.LeapFrameSupport;
import ml.combust.mleap.tensor.Tensor;

/** MLeap: one frame of all rows, {@code transform}, probabilities and predictions collected. */
public final class MleapLoop implements Loop {
  private final LeapFrameBuilder builder = new LeapFrameBuilder();
  private final LeapFrameSupport support = new LeapFrameSupport();
  private final Transformer model;
  private final StructType schema;
  private final Rows rows;

  public MleapLoop(Path artifact, Rows rows) {
    model = new BundleBuilder().load(artifact.toFile(), new ContextBuilder().createMleapContext()).root();
    List<StructField> fields = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      fields.add(builder.createField(name, builder.createDouble()));
    }
    schema = builder.createSchema(fields);
    this.rows = rows;
  }

  @Override
  public double[] score() {
    List<Row> given = new ArrayList<>(rows.count());
    for (double[] numbers : rows.numbers()) {
      given.add(builder.createRow(numbers[0], numbers[1], numbers[2]));
    }
    DefaultLeapFrame frame = model.transform(builder.createFrame(schema, given)).get();
    double[] scores = new double[2 * rows.count()];
    double[] predictions = new double[rows.count()];
    int place = 0;
    for (Row answer : support.collect(support.select(frame, List.of("probability", "prediction")))) {
      double[] values = (double[]) ((Tensor<?>) answer.getRaw(0)).toDense().values();
      predictions[place / 2] = answer.getDouble(1);
      scores[place++] = values[0];
      scores[place++] = values[1];
    }
    return scores;
  }
}
