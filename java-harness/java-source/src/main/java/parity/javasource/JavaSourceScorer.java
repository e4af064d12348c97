package parity.javasource;

import java.io.IOException;
import java.nio.DoubleBuffer;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.RowMajor;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;

/**
 * Generated Java (m2cgen's, or of the same shape): compiled by this JVM's own compiler, then one call of
 * {@code static double score(double[])} or {@code static double[] score(double[])} per row. A missing cell is NaN: the code has no other
 * word for it.
 */
public final class JavaSourceScorer implements Scorer {
  private static final String INPUT = "features";
  private static final int BLOCK = 128; // rows whose cells are copied at a time
  private static final String OUTPUT = "score";

  private final ScoreMethod method;
  private final Signature signature;

  /** @param options none */
  public JavaSourceScorer(Path artifact, Map<String, String> options) throws ScoringException {
    Source source = new Source(text(artifact));
    List<Class<?>> classes = Compilation.compile(source);
    method = ScoreMethod.find(classes);
    signature = new Signature(
        List.of(new Signature.Input(INPUT, "float64", null, null)),
        List.of(new Signature.Output(OUTPUT, "float64", null, method.givesOne() ? 1 : null, null)),
        facts(source));
  }

  private static String text(Path artifact) throws ScoringException {
    try {
      return Files.readString(artifact, StandardCharsets.UTF_8);
    } catch (MalformedInputException notText) {
      throw new ScoringException("artifact", "the file is not UTF-8 text");
    } catch (IOException unreadable) {
      throw new ScoringException("artifact", unreadable);
    }
  }

  private Map<String, String> facts(Source source) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "Java source, compiled by javac");
    facts.put("engine.version", Runtime.version().toString());
    facts.put("class", method.className());
    facts.put("features.read", Integer.toString(source.featuresRead()));
    return facts;
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    List<Column> columns = batch.columnsOf(INPUT);
    RowMajor.refuseText(columns, "score takes double[]");
    int features = columns.size();
    double[] cells = new double[BLOCK * features];
    double[][] answers = new double[batch.rows()][];
    int width = method.givesOne() ? 1 : -1;
    for (int from = 0; from < answers.length; from += BLOCK) {
      int rows = Math.min(BLOCK, answers.length - from);
      RowMajor.doubles(columns, from, rows, cells);
      for (int row = 0; row < rows; row++) {
        // A new array each row: the code may write into it, or give it back.
        double[] answer = scoreRow(from + row, Arrays.copyOfRange(cells, row * features, (row + 1) * features), scores);
        answers[from + row] = answer;
        if (answer != null) {
          width = sameWidth(width, answer.length, from + row);
        }
      }
    }
    write(answers, Math.max(width, 1), scores.doubles(OUTPUT, Math.max(width, 1)));
  }

  private double[] scoreRow(int row, double[] values, Scores scores) {
    try {
      double[] answer = method.score(values);
      if (answer == null) {
        scores.refuse(row, "other", "score returned null");
      }
      return answer;
    } catch (ScoringException refusal) {
      scores.refuse(row, refusal.kind(), refusal.getMessage());
      return null;
    }
  }

  private static int sameWidth(int width, int found, int row) throws ScoringException {
    if (width >= 0 && width != found) {
      throw new ScoringException("shape", "score returned " + found + " numbers for row " + row + ", and " + width + " for an earlier one");
    }
    return found;
  }

  private static void write(double[][] answers, int width, DoubleBuffer out) {
    double[] refused = new double[width];
    for (double[] answer : answers) {
      out.put(answer == null ? refused : answer);
    }
  }
}
