package benchmarks.loops;

import java.nio.file.Path;

/** Generated Java: the class is part of the program, which calls its method. */
public final class JavaSourceLoop implements Loop {
  private final double[][] rows;

  public JavaSourceLoop(Path artifact, Rows rows) {
    this.rows = rows.numbers();
  }

  @Override
  public double[] score() {
    double[] scores = new double[2 * rows.length];
    for (int row = 0; row < rows.length; row++) {
      double[] answer = Model.score(rows[row]);
      scores[2 * row] = answer[0];
      scores[2 * row + 1] = answer[1];
    }
    return scores;
  }
}
