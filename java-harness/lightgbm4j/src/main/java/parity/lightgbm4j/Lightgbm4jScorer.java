package parity.lightgbm4j;

import io.github.metarank.lightgbm4j.LGBMBooster;
import io.github.metarank.lightgbm4j.LGBMException;
import java.io.IOException;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.Json;
import parity.harness.RowMajor;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Versions;

/**
 * LightGBM4J as its manual calls it: {@code predictForMat} on an array of doubles, on one thread; a missing cell is NaN. For more than
 * two classes that call writes past the end of its own buffer (release 4.3.0-1), which ends or hangs the process.
 * Options: {@code api}, "wrapper" (the default) or "direct", the C interface below it, which does not; {@code output}, see {@link Asked}.
 */
public final class Lightgbm4jScorer implements Scorer {
  private static final String INPUT = "features";

  private final Predictor predictor;
  private final Asked asked;
  private final Signature signature;
  private double[] cells = new double[0];

  public Lightgbm4jScorer(Path artifact, Map<String, String> options) throws ScoringException {
    ModelText text = ModelText.read(artifact);
    try {
      LGBMBooster.loadNative();
      asked = Asked.valueOf(options.getOrDefault("output", "prediction").toUpperCase(Locale.ROOT));
      boolean direct = "direct".equals(options.get("api"));
      predictor = direct ? new Direct(artifact) : new Predictor.Wrapper(LGBMBooster.createFromModelfile(artifact.toString()));
      Signature.Input input = new Signature.Input(INPUT, "float64", predictor.features(), null);
      signature = new Signature(List.of(input), List.of(asked.spec(text)), facts(text));
    } catch (LGBMException | IOException refusal) {
      throw new ScoringException("artifact", refusal);
    }
  }

  private static Map<String, String> facts(ModelText text) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "LightGBM4J");
    facts.put("engine.version", Versions.ofMaven(LGBMBooster.class, "io.github.metarank/lightgbm4j"));
    facts.put("objective", text.objective());
    facts.put("format", text.version());
    if (text.features() != null) {
      facts.put("feature_names", Json.text(text.features()));
    }
    return facts;
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    List<Column> columns = batch.columnsOf(INPUT);
    fill(columns, batch.rows());
    Signature.Output output = signature.outputs().get(0);
    int width = output.width();
    double[] predicted = predict(batch.rows(), columns.size());
    if (predicted.length < batch.rows() * width) {
      throw new ScoringException("other", "LightGBM4J gave " + predicted.length + " numbers for " + batch.rows() + " rows of " + width);
    }
    if (asked == Asked.LEAF) {
      IntBuffer leaves = scores.ints(output.name(), width);
      for (int cell = 0; cell < batch.rows() * width; cell++) {
        leaves.put((int) predicted[cell]);
      }
    } else {
      scores.doubles(output.name(), width).put(predicted, 0, batch.rows() * width);
    }
  }

  private void fill(List<Column> columns, int rows) throws ScoringException {
    RowMajor.refuseText(columns, "LightGBM4J takes double[]");
    int wanted = rows * columns.size();
    if (cells.length != wanted) {
      cells = new double[wanted];
    }
    RowMajor.doubles(columns, 0, rows, cells);
  }

  private double[] predict(int rows, int columns) throws ScoringException {
    try {
      return predictor.predict(asked.type, cells, rows, columns);
    } catch (LGBMException refusal) {
      boolean shape = ScoringException.text(refusal).contains("number of features in data");
      throw new ScoringException(shape ? "shape" : "other", refusal);
    }
  }

  @Override
  public void close() {
    try {
      predictor.close();
    } catch (LGBMException alreadyGone) {
      throw new IllegalStateException(alreadyGone);
    }
  }
}
