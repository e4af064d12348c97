package benchmarks.loops;

import hex.genmodel.MojoModel;
import hex.genmodel.easy.EasyPredictModelWrapper;
import hex.genmodel.easy.RowData;
import hex.genmodel.easy.exception.PredictException;
import hex.genmodel.easy.prediction.BinomialModelPrediction;
import java.io.IOException;
import java.nio.file.Path;

/** H2O's wrapper: a RowData per row, kept and refilled; label and probabilities. */
public final class H2oMojoLoop implements Loop {
  private static final String[] NUMBERS = {"a", "b", "c"};
  private final EasyPredictModelWrapper model;
  private final Rows rows;

  public H2oMojoLoop(Path artifact, Rows rows) throws IOException {
    model = new EasyPredictModelWrapper(MojoModel.load(artifact.toString()));
    this.rows = rows;
  }

  @Override
  public double[] score() throws PredictException {
    double[] scores = new double[2 * rows.count()];
    String[] labels = new String[rows.count()];
    RowData data = new RowData();
    for (int row = 0; row < labels.length; row++) {
      for (int i = 0; i < NUMBERS.length; i++) {
        data.put(NUMBERS[i], rows.numbers()[row][i]);
      }
      data.put("city", rows.texts()[row][0]);
      BinomialModelPrediction prediction = model.predictBinomial(data);
      labels[row] = prediction.label;
      scores[2 * row] = prediction.classProbabilities[0];
      scores[2 * row + 1] = prediction.classProbabilities[1];
    }
    return scores;
  }
}
