package parity.tflite;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What the engine says when a call fails: its C API gives a status alone, and prints the reason to standard error. Where that is a file (the
 * worker's log), what was printed since the call began is read back.
 */
final class Complaints {
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");
  private static final int LONGEST = 2_000;

  private final long from = length();

  private static long length() {
    return STANDARD_ERROR.toFile().length();
  }

  /** The first line that was printed since this was made, without the folder of whoever built the engine; {@code otherwise} where there is none, or it cannot be read. */
  String since(String otherwise) {
    try (RandomAccessFile file = new RandomAccessFile(STANDARD_ERROR.toFile(), "r")) {
      byte[] bytes = new byte[(int) Math.max(0, Math.min(LONGEST, file.length() - from))];
      file.seek(from);
      file.readFully(bytes);
      String said = new String(bytes, StandardCharsets.UTF_8).lines().map(String::strip).filter(line -> !line.isEmpty()).findFirst().orElse("");
      return said.isEmpty() ? otherwise : said.replaceFirst("^ERROR: ", "").replaceFirst("^/\\S*/(?=tensorflow/lite/)", "");
    } catch (IOException | IllegalArgumentException unreadable) {
      return otherwise;
    }
  }
}
