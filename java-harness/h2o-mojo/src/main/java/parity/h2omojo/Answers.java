package parity.h2omojo;

import java.nio.DoubleBuffer;
import java.nio.IntBuffer;
import parity.harness.Scores;

/** The answers of a batch, written once all are there: the number of trees is known from the first one. Refused rows hold none. */
final class Answers {
  private final String[] classes;
  private final boolean leaf;
  private final Scores scores;
  private final RowScorer.Answer[] answers;

  Answers(String[] classes, boolean leaf, Scores scores) {
    this.classes = classes;
    this.leaf = leaf;
    this.scores = scores;
    answers = new RowScorer.Answer[scores.rows()];
  }

  void put(int row, RowScorer.Answer answer) {
    answers[row] = answer;
  }

  void write() {
    if (classes == null) {
      writeNumbers("value", 0, 1);
    } else {
      writeLabels();
      writeNumbers("probability", 1, classes.length);
    }
    if (leaf) {
      writeLeaves();
    }
  }

  private void writeLabels() {
    String[] labels = new String[answers.length];
    for (int row = 0; row < labels.length; row++) {
      labels[row] = answers[row] == null ? "" : classes[(int) answers[row].numbers()[0]];
    }
    scores.strings("label", 1, labels);
  }

  private void writeNumbers(String output, int from, int width) {
    DoubleBuffer out = scores.doubles(output, width);
    for (RowScorer.Answer answer : answers) {
      if (answer == null) {
        out.put(new double[width]);
      } else {
        out.put(answer.numbers(), from, width);
      }
    }
  }

  private void writeLeaves() {
    int trees = 1;
    for (RowScorer.Answer answer : answers) {
      trees = answer == null ? trees : Math.max(trees, answer.leaves().length);
    }
    IntBuffer out = scores.ints("leaf", trees);
    for (RowScorer.Answer answer : answers) {
      out.put(answer == null ? new int[trees] : answer.leaves());
    }
  }
}
