package parity.h2omojo;

import java.nio.DoubleBuffer;
import java.util.Arrays;
import parity.harness.Scores;

/** The answers of a batch. Leaves are written once all are there: the number of trees is known from the first one. */
final class Answers {
  private final String[] classes;
  private final Scores scores;
  private final int width;
  private final DoubleBuffer numbers;
  private final String[] labels;
  private final int[][] leaves;

  Answers(String[] classes, boolean leaf, Scores scores) {
    this.classes = classes;
    this.scores = scores;
    width = classes == null ? 1 : classes.length;
    numbers = scores.doubles(classes == null ? "value" : "probability", width);
    labels = classes == null ? null : new String[scores.rows()];
    leaves = leaf ? new int[scores.rows()][] : null;
  }

  void put(int row, RowScorer.Answer answer) {
    numbers.put(row * width, answer.numbers(), answer.from(), width);
    if (labels != null) {
      labels[row] = classes[answer.label()];
    }
    if (leaves != null) {
      leaves[row] = answer.leaves();
    }
  }

  void refuse(int row) {
    if (labels != null) {
      labels[row] = "";
    }
  }

  void end() {
    if (labels != null) {
      scores.strings("label", 1, labels);
    }
    if (leaves != null) {
      int trees = Arrays.stream(leaves).filter(row -> row != null).mapToInt(row -> row.length).max().orElse(1);
      var out = scores.ints("leaf", trees);
      for (int[] row : leaves) {
        out.put(row == null ? new int[trees] : row);
      }
    }
  }
}
