package benchmarks.loops;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Runs one loop whenever a line comes in. Arguments: the loop's class, the artifact, the folder with the rows, and how many there are.
 * A line "score" is answered with the loop's nanoseconds; "write" leaves the scores of the last one in {@code scores.bin}.
 */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws Exception {
    PrintStream answers = System.out;
    System.setOut(System.err); // engines print
    Path folder = Path.of(arguments[2]);
    Rows rows = Rows.read(folder, Integer.parseInt(arguments[3]));
    Loop loop = (Loop) Class.forName("benchmarks.loops." + arguments[0]).getConstructor(Path.class, Rows.class).newInstance(Path.of(arguments[1]), rows);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
    double[] scores = new double[0];
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      long start = System.nanoTime();
      if (line.equals("score")) {
        scores = loop.score();
      } else {
        write(scores, folder.resolve("scores.bin"));
      }
      answers.println(System.nanoTime() - start);
      answers.flush();
    }
    System.exit(0); // engines leave threads behind
  }

  private static void write(double[] scores, Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(scores.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(scores);
    Files.write(file, bytes.array());
  }
}
