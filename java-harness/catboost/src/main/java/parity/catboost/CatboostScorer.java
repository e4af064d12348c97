package parity.catboost;

import ai.catboost.CatBoostError;
import ai.catboost.CatBoostModel;
import ai.catboost.CatBoostPredictions;
import java.nio.DoubleBuffer;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import parity.harness.Batch;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Versions;

/**
 * CatBoost's JVM applier: {@code predict} on arrays of floats and of text, one for each type of feature. It gives the raw formula value
 * and nothing else, and has no control of threads: it takes the caller's.
 */
public final class CatboostScorer implements Scorer {
  private static final String OUTPUT = "RawFormulaVal";

  private final CatBoostModel model;
  private final Features numeric;
  private final Features categorical;
  private final Features text;
  private final Signature signature;

  /** @param options none */
  public CatboostScorer(Path artifact, Map<String, String> options) throws ScoringException {
    try {
      model = CatBoostModel.loadModel(artifact.toString());
    } catch (CatBoostError refusal) {
      throw new ScoringException("artifact", refusal);
    }
    if (model.getFeatures().stream().anyMatch(CatBoostModel.EmbeddingFeature.class::isInstance)) {
      throw new ScoringException("artifact", "it has embedding features, each a vector per row, and columns hold one value per row");
    }
    numeric = Features.of(model, CatBoostModel.FloatFeature.class);
    categorical = Features.of(model, CatBoostModel.CatFeature.class);
    text = Features.of(model, CatBoostModel.TextFeature.class);
    Training training = new Training(model.getMetadata());
    Signature.Output output =
        new Signature.Output(OUTPUT, "float64", training.kind(), model.getPredictionDimension(), training.classes(model.getPredictionDimension()));
    signature = new Signature(inputs(model), List.of(output), facts(training));
  }

  private static List<Signature.Input> inputs(CatBoostModel model) {
    Stream<CatBoostModel.Feature> inOrder =
        model.getFeatures().stream().sorted(Comparator.comparingInt(CatBoostModel.Feature::getFlatFeatureIndex));
    return inOrder.map(feature -> new Signature.Input(feature.getName(), type(feature), 1, null)).toList();
  }

  private static String type(CatBoostModel.Feature feature) {
    return feature instanceof CatBoostModel.FloatFeature ? "float32" : "string";
  }

  private Map<String, String> facts(Training training) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "CatBoost");
    facts.put("engine.version", Versions.ofMaven(CatBoostModel.class, "ai.catboost/catboost-prediction"));
    facts.put("objective", training.loss());
    facts.put("trees", Integer.toString(model.getTreeCount()));
    return facts;
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    CatBoostPredictions predicted = predict(numeric.floats(batch), categorical.texts(batch), text.texts(batch), batch.rows());
    DoubleBuffer out = scores.doubles(OUTPUT, predicted.getPredictionDimension());
    out.put(predicted.copyRowMajorPredictions());
  }

  private CatBoostPredictions predict(float[][] numbers, String[][] categories, String[][] texts, int rows) throws ScoringException {
    try {
      return texts == null ? model.predict(numbers, categories) : model.predict(numbers, categories, texts, null);
    } catch (CatBoostError refusal) {
      throw new ScoringException(kind(ScoringException.text(refusal), rows), refusal);
    }
  }

  private static String kind(String message, int rows) {
    if (rows == 0) {
      return "empty-batch";
    }
    if (message.contains("null array element")) {
      return "missing";
    }
    return message.contains("FeatureCount") ? "shape" : "other";
  }

  @Override
  public void close() {
    try {
      model.close();
    } catch (CatBoostError alreadyGone) {
      throw new IllegalStateException(alreadyGone);
    }
  }
}
