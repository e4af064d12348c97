package parity.javasource;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text of the artifact, and the little that has to be known of it before and beside its compilation. */
record Source(String text) {
  private static final String COMMENTS = "(?s)/\\*.*?\\*/|//[^\\n]*";
  private static final Pattern PUBLIC_CLASS = Pattern.compile("\\bpublic\\s+(?:(?:final|abstract|strictfp)\\s+)*class\\s+(\\w+)");
  private static final Pattern ANY_CLASS = Pattern.compile("\\bclass\\s+(\\w+)");
  private static final Pattern PARAMETER = Pattern.compile("\\bscore\\s*\\(\\s*(?:final\\s+)?double\\s*\\[\\s*\\]\\s*(\\w+)");

  /** The file that javac wants the text to stand in: called like its public class. */
  String fileName() {
    String code = text.replaceAll(COMMENTS, " ");
    for (Pattern pattern : new Pattern[] {PUBLIC_CLASS, ANY_CLASS}) {
      Matcher found = pattern.matcher(code);
      if (found.find()) {
        return found.group(1) + ".java";
      }
    }
    return "Model.java";
  }

  /** One more than the highest feature that the code names by a constant index; 0 where it names none that way. */
  int featuresRead() {
    Matcher parameter = PARAMETER.matcher(text);
    if (!parameter.find()) {
      return 0;
    }
    int read = 0;
    Matcher index = Pattern.compile("\\b" + parameter.group(1) + "\\s*\\[\\s*(\\d{1,8})\\s*\\]").matcher(text);
    while (index.find()) {
      read = Math.max(read, Integer.parseInt(index.group(1)) + 1);
    }
    return read;
  }
}
