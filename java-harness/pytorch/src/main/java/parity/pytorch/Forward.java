package parity.pytorch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import parity.harness.ScoringException;

/**
 * What a TorchScript archive says of its forward method: names and types of the arguments, from the archive's own source text, since DJL
 * does not tell them. Sizes and element types are in no TorchScript archive.
 */
final class Forward {
  /** {@code optional} where the method gives a default. */
  record Argument(String name, String type, boolean optional) {
    boolean isTensor() {
      return type.equals("Tensor") || type.equals("Optional[Tensor]");
    }
  }

  // The pickle of the module starts with its class: protocol 2, then GLOBAL, module, name (pickletools, "c").
  private static final Pattern ROOT = Pattern.compile("\\x80\\x02c(__torch__[\\w.]*)\n(\\w+)\n");
  private static final Pattern DEFINED = Pattern.compile("  def forward\\((.*?)\\) -> ", Pattern.DOTALL);

  private Forward() {}

  static List<Argument> arguments(Path artifact) throws ScoringException {
    try (ZipFile archive = new ZipFile(artifact.toFile())) {
      ZipEntry data = archive.stream().filter(entry -> entry.getName().matches("[^/]+/data\\.pkl")).findFirst().orElse(null);
      Matcher root = ROOT.matcher(data == null ? "" : text(archive, data));
      if (!root.lookingAt()) {
        throw new ScoringException("artifact", "the archive holds no TorchScript module");
      }
      String folder = data.getName().substring(0, data.getName().indexOf('/'));
      ZipEntry code = archive.getEntry(folder + "/code/" + root.group(1).replace('.', '/') + ".py");
      String source = code == null ? "" : text(archive, code);
      int start = source.indexOf("class " + root.group(2) + "(");
      Matcher defined = DEFINED.matcher(source);
      if (start < 0 || !defined.find(start)) {
        throw new ScoringException("artifact", "the TorchScript module " + root.group(2) + " has no method forward");
      }
      return arguments(defined.group(1));
    } catch (IOException failed) {
      throw new ScoringException("artifact", failed);
    }
  }

  /** All but self: {@code name: type} or {@code name: type=default}, with commas inside brackets. */
  private static List<Argument> arguments(String text) {
    List<Argument> found = new ArrayList<>();
    for (String part : split(text)) {
      String[] sides = part.split(":", 2);
      String[] typed = sides[1].split("=", 2);
      found.add(new Argument(sides[0].strip(), typed[0].strip(), typed.length > 1));
    }
    return found.subList(1, found.size());
  }

  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      depth += c == '[' || c == '(' ? 1 : c == ']' || c == ')' ? -1 : 0;
      if (c == ',' && depth == 0) {
        parts.add(text.substring(from, i));
        from = i + 1;
      }
    }
    parts.add(text.substring(from));
    return parts.stream().filter(part -> part.contains(":")).toList();
  }

  // One byte a character: the pickle is binary, names are ASCII.
  private static String text(ZipFile archive, ZipEntry entry) throws IOException {
    return new String(archive.getInputStream(entry).readAllBytes(), StandardCharsets.ISO_8859_1);
  }
}
