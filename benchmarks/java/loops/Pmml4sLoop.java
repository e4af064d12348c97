package benchmarks.loops;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.pmml4s.model.Model;

/** PMML4S: a map per row, kept and refilled; the probabilities of the two classes. */
public final class Pmml4sLoop implements Loop {
  private static final int WIDTH = 30;
  private final Model model;
  private final double[][] rows;

  public Pmml4sLoop(Path artifact, Rows rows) {
    model = Model.fromFile(artifact.toFile());
    this.rows = rows.numbers();
  }

  @Override
  public double[] score() {
    double[] scores = new double[2 * rows.length];
    String[] names = new String[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      names[i] = "x" + i;
    }
    Map<String, Object> arguments = new HashMap<>(2 * WIDTH);
    for (int row = 0; row < rows.length; row++) {
      for (int i = 0; i < WIDTH; i++) {
        arguments.put(names[i], rows[row][i]);
      }
      Map<String, Object> result = model.predict(arguments);
      scores[2 * row] = (Double) result.get("probability(0)");
      scores[2 * row + 1] = (Double) result.get("probability(1)");
    }
    return scores;
  }
}
