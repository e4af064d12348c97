package benchmarks;

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
import parity.harness.Signature;

/**
 * Hands each column back, through the boxed value that an engine would get, and beside it "NAME.seen": the bits that Java saw, times an
 * odd number modulo 2^64. The product is one-to-one, and differs where both directions err alike (two byte swaps cancel in an echo).
 */
public final class EchoScorer implements Scorer {
  private static final long MIX = 0x9E3779B97F4A7C15L;
  private final List<String[]> columns = new ArrayList<>();

  public EchoScorer(Path artifact, Map<String, String> options) throws IOException {
    Files.readAllLines(artifact).forEach(line -> columns.add(line.split(" ")));
  }

  @Override
  public Signature signature() {
    List<Signature.Output> outputs = new ArrayList<>();
    for (String[] column : columns) {
      outputs.add(new Signature.Output(column[0], column[1], null, 1, null));
      outputs.add(new Signature.Output(column[0] + ".seen", "int64", null, 1, null));
    }
    return new Signature(columns.stream().map(column -> new Signature.Input(column[0], column[1], 1, null)).toList(), outputs, Map.of());
  }

  @Override
  public void score(Batch batch, Scores scores) {
    for (String[] column : columns) {
      Object[] values = boxed(batch.column(column[0]), batch.rows());
      give(column[0], column[1], values, scores);
      LongBuffer seen = scores.longs(column[0] + ".seen", 1);
      for (Object value : values) {
        seen.put(value == null ? 0 : bits(value) * MIX);
      }
    }
  }

  private static Object[] boxed(Column column, int rows) {
    Object[] values = new Object[rows];
    for (int row = 0; row < rows; row++) {
      values[row] = column.get(row);
    }
    return values;
  }

  private static long bits(Object value) {
    if (value instanceof Double number) {
      return Double.doubleToRawLongBits(number);
    }
    if (value instanceof Float number) {
      return Float.floatToRawIntBits(number);
    }
    if (value instanceof Number number) {
      return number.longValue();
    }
    return value instanceof Boolean flag ? (flag ? 1 : 0) : value.hashCode();
  }

  private static void give(String name, String type, Object[] values, Scores scores) {
    switch (type) {
      case "float64" -> doubles(values, scores.doubles(name, 1));
      case "float32" -> floats(values, scores.floats(name, 1));
      case "int64" -> longs(values, scores.longs(name, 1));
      case "int32" -> ints(values, scores.ints(name, 1));
      case "bool" -> bools(values, scores.bools(name, 1));
      default -> scores.strings(name, 1, java.util.Arrays.copyOf(values, values.length, String[].class));
    }
    for (int row = 0; row < values.length && !type.equals("string"); row++) {
      if (values[row] == null) {
        scores.missing(name).put(row, (byte) 1);
      }
    }
  }

  private static void doubles(Object[] values, DoubleBuffer out) {
    for (Object value : values) {
      out.put(value == null ? 0 : (Double) value);
    }
  }

  private static void floats(Object[] values, FloatBuffer out) {
    for (Object value : values) {
      out.put(value == null ? 0 : (Float) value);
    }
  }

  private static void longs(Object[] values, LongBuffer out) {
    for (Object value : values) {
      out.put(value == null ? 0 : (Long) value);
    }
  }

  private static void ints(Object[] values, IntBuffer out) {
    for (Object value : values) {
      out.put(value == null ? 0 : (Integer) value);
    }
  }

  private static void bools(Object[] values, ByteBuffer out) {
    for (Object value : values) {
      out.put((byte) (value != null && (Boolean) value ? 1 : 0));
    }
  }

  @Override
  public void close() {}
}
