package parity.xgboostpredictor;

import biz.k11i.xgboost.Predictor;
import biz.k11i.xgboost.util.FVec;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.RowMajor;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Versions;

/**
 * H2O's pure-Java XGBoost predictor as production calls it: one {@code FVec} over a float[] per row, all rounds; NaN is missing.
 * Options: {@code output} (prediction, margin or leaf) and {@code zero-as-missing}, the flag of {@code FVec.Transformer.fromArray}.
 */
public final class XgboostPredictorScorer implements Scorer {
  private static final String INPUT = "features";
  private static final int BLOCK = 128; // rows whose cells are copied at a time
  private static final Pattern JAR = Pattern.compile("xgboost-predictor-(.+)\\.jar$");

  private final Predictor predictor;
  private final Output output;
  private final boolean zeroAsMissing;
  private final Signature signature;

  public XgboostPredictorScorer(Path artifact, Map<String, String> options) throws ScoringException {
    output = new Output(options.getOrDefault("output", "prediction"));
    zeroAsMissing = Boolean.parseBoolean(options.getOrDefault("zero-as-missing", "false"));
    predictor = load(artifact);
    signature = new Signature(
        List.of(new Signature.Input(INPUT, "float32", Header.features(artifact), null)), List.of(output.spec(predictor)), facts());
  }

  private static Predictor load(Path artifact) throws ScoringException {
    try (InputStream stream = new BufferedInputStream(Files.newInputStream(artifact))) {
      return new Predictor(stream);
    } catch (IOException | RuntimeException refusal) {
      // An engine is called here: a damaged file may come out as any exception.
      throw new ScoringException("artifact", described(refusal));
    }
  }

  private static String described(Exception refusal) {
    String text = ScoringException.text(refusal);
    return refusal instanceof java.io.EOFException ? "the file ends too early (" + text + ")" : text;
  }

  private Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "xgboost-predictor");
    facts.put("engine.version", Versions.ofFileName(Predictor.class, JAR));
    facts.put("objective", predictor.getObjName());
    facts.put("booster", predictor.getBooster().getClass().getSimpleName());
    return facts;
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    List<Column> columns = batch.columnsOf(INPUT);
    RowMajor.refuseText(columns, "the predictor takes float[]");
    float[][] cells = new float[Math.min(BLOCK, batch.rows())][columns.size()];
    FVec[] vectors = new FVec[cells.length];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = FVec.Transformer.fromArray(cells[i], zeroAsMissing);
    }
    Writer writer = new Writer(scores);
    for (int from = 0; from < batch.rows(); from += BLOCK) {
      int rows = Math.min(BLOCK, batch.rows() - from);
      RowMajor.floats(columns, from, rows, cells);
      for (int row = 0; row < rows; row++) {
        writer.write(vectors[row]);
      }
    }
    writer.end();
  }

  /** The output is claimed with the first row, which tells its width; without rows it is one wide. */
  private final class Writer {
    private final Scores scores;
    private FloatBuffer numbers;
    private IntBuffer leaves;

    Writer(Scores scores) {
      this.scores = scores;
    }

    void write(FVec vector) {
      if (output.isLeaf()) {
        int[] answer = predictor.predictLeaf(vector);
        leaves = leaves == null ? scores.ints(output.name(), answer.length) : leaves;
        leaves.put(answer);
      } else {
        float[] answer = predictor.predict(vector, output.isMargin());
        numbers = numbers == null ? scores.floats(output.name(), answer.length) : numbers;
        numbers.put(answer);
      }
    }

    void end() {
      if (numbers == null && leaves == null) {
        if (output.isLeaf()) {
          scores.ints(output.name(), 1);
        } else {
          scores.floats(output.name(), 1);
        }
      }
    }
  }
}
