package parity.lightgbm4j;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import parity.harness.ScoringException;

/** What a LightGBM text model says of itself: the {@code key=value} lines before its first tree. */
final class ModelText {
  private static final String END = "end of trees";
  private final Map<String, String> header;
  private final int trees;

  private ModelText(Map<String, String> header, int trees) {
    this.header = header;
    this.trees = trees;
  }

  /** Throws "artifact" where the trees do not end: LightGBM itself does not say so, it ends the process. */
  static ModelText read(Path artifact) throws ScoringException {
    Map<String, String> header = new HashMap<>();
    try (Stream<String> lines = Files.lines(artifact, StandardCharsets.UTF_8)) {
      Iterator<String> each = lines.iterator();
      int trees = 0;
      while (each.hasNext()) {
        String line = each.next();
        if (line.equals(END)) {
          return new ModelText(header, trees);
        }
        trees += line.startsWith("Tree=") ? 1 : 0;
        int sign = trees > 0 ? -1 : line.indexOf('=');
        if (sign > 0) {
          header.put(line.substring(0, sign), line.substring(sign + 1));
        }
      }
    } catch (IOException | UncheckedIOException unreadable) {
      boolean notText = unreadable instanceof MalformedInputException || unreadable.getCause() instanceof MalformedInputException;
      throw notText ? new ScoringException("artifact", "the file is not UTF-8 text") : new ScoringException("artifact", unreadable);
    }
    throw new ScoringException("artifact", "the line \"" + END + "\" is missing: the file is cut short");
  }

  /** For example "binary"; "custom" where the model names none. */
  String objective() {
    return header.getOrDefault("objective", "custom").split(" ", 2)[0];
  }

  /** What {@code predict} gives for that objective (LightGBM documentation, "Parameters", "objective"). */
  String kind() {
    return switch (objective()) {
      case "binary", "multiclass", "multiclassova", "cross_entropy" -> "probability";
      case "lambdarank", "rank_xendcg" -> "margin";
      default -> "value";
    };
  }

  int trees() {
    return trees;
  }

  /** Numbers per row. */
  int width() {
    return Integer.parseInt(header.getOrDefault("num_tree_per_iteration", "1").strip());
  }

  /** The version of the format. */
  String version() {
    return header.getOrDefault("version", "unknown");
  }

  /** The features by name in their order; null where LightGBM made the names up, for an array. */
  List<String> features() {
    String[] names = header.getOrDefault("feature_names", "").split(" ");
    boolean invented = IntStream.range(0, names.length).allMatch(i -> names[i].equals("Column_" + i));
    return invented ? null : Arrays.asList(names);
  }
}
