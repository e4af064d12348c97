package benchmarks.loops;

import ai.catboost.CatBoostError;
import ai.catboost.CatBoostModel;
import java.nio.file.Path;

/** CatBoost's applier: one call for arrays of floats and of texts that the program holds row by row. */
public final class CatboostLoop implements Loop {
  private final CatBoostModel model;
  private final float[][] numbers;
  private final String[][] texts;

  public CatboostLoop(Path artifact, Rows rows) throws CatBoostError {
    model = CatBoostModel.loadModel(artifact.toString());
    numbers = rows.floats();
    texts = rows.texts();
  }

  @Override
  public double[] score() throws CatBoostError {
    return model.predict(numbers, texts).copyRowMajorPredictions();
  }
}
