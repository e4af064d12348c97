import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;

/** Gives every column back as an output of its own, as a Java scorer would read and write it. The artifact has a line "name type" per column. */
public final class EchoScorer implements Scorer {
  private final List<Signature.Input> inputs = new ArrayList<>();
  private final List<Signature.Output> outputs = new ArrayList<>();

  public EchoScorer(Path artifact, Map<String, String> options) throws IOException {
    for (String line : Files.readAllLines(artifact)) {
      String[] parts = line.split(" ");
      inputs.add(new Signature.Input(parts[0], parts[1], 1, null));
      outputs.add(new Signature.Output(parts[0], parts[1], null, 1, null));
    }
  }

  @Override
  public Signature signature() {
    return new Signature(inputs, outputs, Map.of("engine", "echo"));
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    for (Signature.Output output : outputs) {
      echo(batch.column(output.name()), output, scores, batch.rows());
    }
  }

  private static void echo(Column column, Signature.Output output, Scores scores, int rows) throws ScoringException {
    switch (output.type()) {
      case "float32" -> {
        FloatBuffer out = scores.floats(output.name(), 1);
        for (int row = 0; row < rows; row++) {
          out.put(row, column.isNull(row) ? 0 : column.getFloat(row));
        }
      }
      case "float64" -> {
        DoubleBuffer out = scores.doubles(output.name(), 1);
        for (int row = 0; row < rows; row++) {
          out.put(row, column.isNull(row) ? 0 : column.getDouble(row));
        }
      }
      case "int32" -> {
        IntBuffer out = scores.ints(output.name(), 1);
        for (int row = 0; row < rows; row++) {
          out.put(row, column.isNull(row) ? 0 : column.getInt(row));
        }
      }
      case "int64" -> {
        LongBuffer out = scores.longs(output.name(), 1);
        for (int row = 0; row < rows; row++) {
          out.put(row, column.isNull(row) ? 0 : column.getLong(row));
        }
      }
      case "bool" -> {
        ByteBuffer out = scores.bools(output.name(), 1);
        for (int row = 0; row < rows; row++) {
          out.put(row, (byte) (!column.isNull(row) && column.getBoolean(row) ? 1 : 0));
        }
      }
      default -> texts(column, output, scores, rows);
    }
    if (column.hasNulls() && !output.type().equals("string")) {
      for (int row = 0; row < rows; row++) {
        scores.missing(output.name()).put(row, (byte) (column.isNull(row) ? 1 : 0));
      }
    }
  }

  private static void texts(Column column, Signature.Output output, Scores scores, int rows) throws ScoringException {
    String[] texts = new String[rows];
    for (int row = 0; row < rows; row++) {
      texts[row] = column.isNull(row) ? null : column.getString(row);
    }
    scores.strings(output.name(), 1, texts);
  }
}
