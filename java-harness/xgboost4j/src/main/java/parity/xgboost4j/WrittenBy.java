package parity.xgboost4j;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import parity.harness.ScoringException;

/**
 * The release of XGBoost that wrote a model file. The key "version" is the last one of the file, in JSON and in UBJSON, where each of
 * its numbers is an int8 ("i") as long as releases stay below 128. Files of XGBoost 1.0 have it in front: not found, and not newer.
 */
record WrittenBy(int major, int minor, int patch) {
  private static final int TAIL = 512; // bytes; the key and its numbers take under 60
  private static final Pattern JSON = Pattern.compile("\"version\"\\s*:\\s*\\[\\s*(\\d+)\\s*,\\s*(\\d+)\\s*,\\s*(\\d+)\\s*\\]");
  private static final Pattern UBJSON = Pattern.compile("version\\[#L\0{7}\3i(.)i(.)i(.)", Pattern.DOTALL);
  private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+).*");

  /** Throws "artifact" where the model is newer than the engine, patch releases aside: what it needs may be ignored in silence. */
  static void check(Path artifact, String engine) throws ScoringException {
    Matcher release = RELEASE.matcher(engine);
    WrittenBy writer = read(artifact);
    if (writer == null || !release.matches()) {
      return;
    }
    int major = Integer.parseInt(release.group(1));
    int minor = Integer.parseInt(release.group(2));
    if (writer.major > major || (writer.major == major && writer.minor > minor)) {
      throw new ScoringException(
          "artifact",
          "the model was written by XGBoost " + writer.major + "." + writer.minor + "." + writer.patch + ", newer than XGBoost4J "
              + engine + "; save it with XGBoost " + major + "." + minor + " or older");
    }
  }

  private static WrittenBy read(Path artifact) throws ScoringException {
    String tail = tail(artifact);
    Matcher json = JSON.matcher(tail);
    if (json.find()) {
      return new WrittenBy(Integer.parseInt(json.group(1)), Integer.parseInt(json.group(2)), Integer.parseInt(json.group(3)));
    }
    Matcher binary = UBJSON.matcher(tail);
    return binary.find()
        ? new WrittenBy(binary.group(1).charAt(0), binary.group(2).charAt(0), binary.group(3).charAt(0))
        : null;
  }

  private static String tail(Path artifact) throws ScoringException {
    try (RandomAccessFile file = new RandomAccessFile(artifact.toFile(), "r")) {
      byte[] bytes = new byte[(int) Math.min(TAIL, file.length())];
      file.seek(file.length() - bytes.length);
      file.readFully(bytes);
      return new String(bytes, StandardCharsets.ISO_8859_1);
    } catch (IOException unreadable) {
      throw new ScoringException("artifact", unreadable);
    }
  }
}
