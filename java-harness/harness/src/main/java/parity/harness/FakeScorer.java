package parity.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A whole runtime: the artifact is a text file of {@code name = weight} lines, the value is the weighted sum; a missing cell counts as NaN. */
public final class FakeScorer implements Scorer {
  private final Map<String, Double> weights = new LinkedHashMap<>();

  public FakeScorer(Path artifact, Map<String, String> options) throws IOException {
    for (String line : Files.readAllLines(artifact)) {
      String[] parts = line.split("=", 2);
      if (!line.isBlank()) {
        weights.put(parts[0].strip(), Double.valueOf(parts[1].strip()));
      }
    }
  }

  @Override
  public Signature signature() {
    List<Signature.Input> inputs = weights.keySet().stream().map(name -> new Signature.Input(name, "float64", 1, null)).toList();
    return new Signature(inputs, List.of(new Signature.Output("value", "float64", "value", 1, null)), Map.of("engine", "fake", "engine.version", "1"));
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    double[] sums = new double[batch.rows()];
    for (Map.Entry<String, Double> weight : weights.entrySet()) {
      List<Column> columns = batch.columnsOf(weight.getKey());
      if (columns.size() != 1) {
        throw new ScoringException("column-absent", "column " + weight.getKey() + " was not given");
      }
      for (int row = 0; row < sums.length; row++) {
        sums[row] += weight.getValue() * (columns.get(0).isNull(row) ? Double.NaN : columns.get(0).getDouble(row));
      }
    }
    scores.doubles("value", 1).put(sums);
  }
}
