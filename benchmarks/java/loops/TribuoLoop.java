package benchmarks.loops;

import java.io.IOException;
import java.nio.file.Path;
import org.tribuo.Model;
import org.tribuo.impl.ArrayExample;
import org.tribuo.regression.RegressionFactory;
import org.tribuo.regression.Regressor;

/** Tribuo: an example per row, {@code predict}; one regression. */
public final class TribuoLoop implements Loop {
  private static final String[] NUMBERS = {"a", "b", "c"};
  private final Model<Regressor> model;
  private final String dimension;
  private final Rows rows;

  public TribuoLoop(Path artifact, Rows rows) throws IOException {
    model = Model.deserializeFromFile(artifact).castModel(Regressor.class);
    dimension = model.getOutputIDInfo().getDomain().iterator().next().getNames()[0];
    this.rows = rows;
  }

  @Override
  public double[] score() {
    double[] scores = new double[rows.count()];
    for (int row = 0; row < scores.length; row++) {
      ArrayExample<Regressor> example = new ArrayExample<>(RegressionFactory.UNKNOWN_REGRESSOR, NUMBERS, rows.numbers()[row]);
      scores[row] = model.predict(example).getOutput().getDimension(dimension).orElseThrow().getValue();
    }
    return scores;
  }
}
