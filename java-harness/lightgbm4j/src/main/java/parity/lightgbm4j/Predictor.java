package parity.lightgbm4j;

import io.github.metarank.lightgbm4j.LGBMBooster;
import io.github.metarank.lightgbm4j.LGBMException;

/** A way into the engine with one model loaded. */
interface Predictor {
  String PARAMETERS = "num_threads=1";

  int features() throws LGBMException;

  /** The predictions for cells in row-major order. */
  double[] predict(double[] cells, int rows, int columns) throws LGBMException;

  void close() throws LGBMException;

  /** The wrapper's own: what a user of LightGBM4J calls. */
  record Wrapper(LGBMBooster booster) implements Predictor {
    @Override
    public int features() throws LGBMException {
      return booster.getNumFeature();
    }

    @Override
    public double[] predict(double[] cells, int rows, int columns) throws LGBMException {
      return booster.predictForMat(cells, rows, columns, true, com.microsoft.ml.lightgbm.PredictionType.C_API_PREDICT_NORMAL, PARAMETERS);
    }

    @Override
    public void close() throws LGBMException {
      booster.close();
    }
  }
}
