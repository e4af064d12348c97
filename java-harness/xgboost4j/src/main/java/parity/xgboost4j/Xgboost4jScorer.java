package parity.xgboost4j;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.Json;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Type;
import parity.harness.Versions;

/**
 * XGBoost4J as production calls it: a DMatrix of floats and plain {@code predict}, which uses all rounds.
 * Options: {@code missing} (default NaN), the value that stands for a missing cell beside null.
 */
public final class Xgboost4jScorer implements Scorer {
  private static final String INPUT = "features";
  private static final String OUTPUT = "prediction";

  private final Booster booster;
  private final float missing;
  private final Signature signature;
  private float[] cells = new float[0];

  public Xgboost4jScorer(Path artifact, Map<String, String> options) throws ScoringException {
    missing = Float.parseFloat(options.getOrDefault("missing", "NaN"));
    WrittenBy.check(artifact, version());
    try {
      booster = XGBoost.loadModel(artifact.toString());
      booster.setParam("nthread", 1);
      signature = read(booster);
    } catch (XGBoostError refusal) {
      throw new ScoringException("artifact", refusal);
    }
  }

  private static Signature read(Booster booster) throws XGBoostError, ScoringException {
    SavedModel saved = new SavedModel(booster.toByteArray("ubj"));
    Map<String, String> facts = new LinkedHashMap<>(booster.getAttrs());
    facts.put("engine", "XGBoost4J");
    facts.put("engine.version", version());
    facts.put("objective", saved.objective());
    facts.put("rounds", Integer.toString(booster.getNumBoostedRound()));
    putNames(facts, "feature_names", booster.getFeatureNames());
    putNames(facts, "feature_types", booster.getFeatureTypes());
    Signature.Input input = new Signature.Input(INPUT, "float32", (int) booster.getNumFeature(), null);
    Signature.Output output = new Signature.Output(OUTPUT, "float32", saved.kind(), saved.width(), null);
    return new Signature(List.of(input), List.of(output), facts);
  }

  // A model without names answers with an array of nulls.
  private static void putNames(Map<String, String> facts, String key, String[] names) {
    if (names.length > 0 && names[0] != null) {
      facts.put(key, Json.text(Arrays.asList(names)));
    }
  }

  private static String version() {
    return Versions.ofProperties(Booster.class, "/xgboost4j-version.properties");
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    List<Column> columns = batch.columnsOf(INPUT);
    fill(columns, batch.rows());
    float[][] predicted = predict(batch.rows(), columns.size());
    int width = predicted.length == 0 ? 1 : predicted[0].length;
    FloatBuffer out = scores.floats(OUTPUT, width);
    for (float[] row : predicted) {
      out.put(row);
    }
  }

  private void fill(List<Column> columns, int rows) throws ScoringException {
    int width = columns.size();
    if (cells.length != rows * width) {
      cells = new float[rows * width];
    }
    for (int c = 0; c < width; c++) {
      Column column = columns.get(c);
      if (column.type() == Type.STRING) {
        throw new ScoringException("type", "column " + column.name() + " holds text, but XGBoost4J takes float[]");
      }
      for (int row = 0, at = c; row < rows; row++, at += width) {
        cells[at] = column.isNull(row) ? Float.NaN : column.getFloat(row);
      }
    }
  }

  private float[][] predict(int rows, int width) throws ScoringException {
    try {
      DMatrix matrix = new DMatrix(cells, rows, width, missing);
      try {
        return booster.predict(matrix);
      } finally {
        matrix.dispose();
      }
    } catch (XGBoostError refusal) {
      throw refused(refusal, rows);
    }
  }

  private static ScoringException refused(XGBoostError refusal, int rows) {
    String message = ScoringException.text(refusal);
    if (rows == 0) {
      return new ScoringException("empty-batch", refusal);
    }
    if (message.contains("Number of columns does not match")) {
      return new ScoringException("shape", refusal);
    }
    return new ScoringException(message.contains("`inf`") ? "invalid-value" : "other", refusal);
  }

  @Override
  public void close() {
    booster.dispose();
  }
}
