package benchmarks.loops;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Rows as a Java program holds them: numbers and texts in arrays, row by row. */
public record Rows(int count, double[][] numbers, String[][] texts) {

  /** {@code numbers.bin} holds doubles in row-major order, {@code texts.txt} a line a row, its cells apart by tabs; either may be empty. */
  static Rows read(Path folder, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(folder.resolve("numbers.bin"))).order(ByteOrder.LITTLE_ENDIAN);
    double[][] numbers = new double[count][bytes.remaining() / Double.BYTES / count];
    for (double[] row : numbers) {
      for (int i = 0; i < row.length; i++) {
        row[i] = bytes.getDouble();
      }
    }
    List<String> lines = Files.readAllLines(folder.resolve("texts.txt"), StandardCharsets.UTF_8);
    String[][] texts = new String[count][0];
    for (int row = 0; row < lines.size(); row++) {
      texts[row] = lines.get(row).split("\t", -1);
    }
    return new Rows(count, numbers, texts);
  }

  /** The numbers for an engine that takes floats. */
  public float[][] floats() {
    float[][] floats = new float[count][];
    for (int row = 0; row < count; row++) {
      floats[row] = new float[numbers[row].length];
      for (int i = 0; i < floats[row].length; i++) {
        floats[row][i] = (float) numbers[row][i];
      }
    }
    return floats;
  }

  /** Rows of floats in one array, row-major. */
  static float[] flat(float[][] rows) {
    int width = rows[0].length;
    float[] flat = new float[rows.length * width];
    for (int row = 0; row < rows.length; row++) {
      System.arraycopy(rows[row], 0, flat, row * width, width);
    }
    return flat;
  }

  /** What an engine of floats gives, in doubles. */
  static double[] widened(float[] floats) {
    double[] doubles = new double[floats.length];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = floats[i];
    }
    return doubles;
  }

  /** The numbers in one array, row-major. */
  public double[] flat() {
    int width = numbers[0].length;
    double[] flat = new double[count * width];
    for (int row = 0; row < count; row++) {
      System.arraycopy(numbers[row], 0, flat, row * width, width);
    }
    return flat;
  }
}
