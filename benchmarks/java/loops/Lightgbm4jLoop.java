package benchmarks.loops;

import com.microsoft.ml.lightgbm.PredictionType;
import io.github.metarank.lightgbm4j.LGBMBooster;
import io.github.metarank.lightgbm4j.LGBMException;
import java.nio.file.Path;

/** LightGBM4J: one call for a matrix of doubles that the program holds as one array. */
public final class Lightgbm4jLoop implements Loop {
  private final LGBMBooster booster;
  private final double[] cells;
  private final int rows;
  private final int columns;

  public Lightgbm4jLoop(Path artifact, Rows rows) throws Exception {
    booster = LGBMBooster.createFromModelfile(artifact.toString());
    cells = rows.flat();
    this.rows = rows.count();
    columns = cells.length / this.rows;
  }

  @Override
  public double[] score() throws LGBMException {
    return booster.predictForMat(cells, rows, columns, true, PredictionType.C_API_PREDICT_NORMAL, "num_threads=1");
  }
}
