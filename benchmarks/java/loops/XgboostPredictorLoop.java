package benchmarks.loops;

import biz.k11i.xgboost.Predictor;
import biz.k11i.xgboost.util.FVec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** H2O's predictor in Java: a vector over each row's own array of floats; a probability per class. */
public final class XgboostPredictorLoop implements Loop {
  private static final int CLASSES = 3;
  private final Predictor predictor;
  private final float[][] rows;

  public XgboostPredictorLoop(Path artifact, Rows rows) throws IOException {
    try (InputStream stream = Files.newInputStream(artifact)) {
      predictor = new Predictor(stream);
    }
    this.rows = rows.floats();
  }

  @Override
  public double[] score() {
    double[] scores = new double[CLASSES * rows.length];
    for (int row = 0; row < rows.length; row++) {
      float[] answer = predictor.predict(FVec.Transformer.fromArray(rows[row], false));
      for (int i = 0; i < CLASSES; i++) {
        scores[CLASSES * row + i] = answer[i];
      }
    }
    return scores;
  }
}
