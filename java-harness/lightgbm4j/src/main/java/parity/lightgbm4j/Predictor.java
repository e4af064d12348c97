package parity.lightgbm4j;

import com.microsoft.ml.lightgbm.PredictionType;
import io.github.metarank.lightgbm4j.LGBMBooster;
import io.github.metarank.lightgbm4j.LGBMException;

/** A way into the engine with one model loaded. */
interface Predictor {
  String PARAMETERS = "num_threads=1";

  int features() throws LGBMException;

  /** What is asked for, for cells in row-major order. */
  double[] predict(PredictionType type, double[] cells, int rows, int columns) throws LGBMException;

  void close() throws LGBMException;

  /** The wrapper's own: what a user of LightGBM4J calls. */
  record Wrapper(LGBMBooster booster) implements Predictor {
    @Override
    public int features() throws LGBMException {
      return booster.getNumFeature();
    }

    @Override
    public double[] predict(PredictionType type, double[] cells, int rows, int columns) throws LGBMException {
      return booster.predictForMat(cells, rows, columns, true, type, PARAMETERS);
    }

    @Override
    public void close() throws LGBMException {
      booster.close();
    }
  }
}
