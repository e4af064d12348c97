package parity.catboost;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a model's metadata say of its training: two JSON texts that CatBoost writes without a space. */
record Training(Map<String, String> metadata) {
  // Losses whose raw formula value is a margin (CatBoost documentation, "Objectives and metrics"): those of classification, and of
  // regression those that predict its exponent, in the last one for the second of two columns.
  private static final Set<String> MARGINS = Set.of("Logloss", "CrossEntropy", "MultiClass", "MultiClassOneVsAll", "MultiLogloss", "MultiCrossEntropy",
      "Poisson", "Tweedie", "RMSEWithUncertainty");
  private static final Pattern LOSS = Pattern.compile("\"loss_function\":\\{\"type\":\"(\\w+)\"");
  private static final Pattern NAMES = Pattern.compile("\"class_names\":\\[");
  private static final Pattern NAME = Pattern.compile("\\G,?(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([-+.\\w]+))");

  /** For example "Logloss"; "unknown" where the model does not say. */
  String loss() {
    Matcher found = LOSS.matcher(metadata.getOrDefault("params", ""));
    return found.find() ? found.group(1) : "unknown";
  }

  String kind() {
    return MARGINS.contains(loss()) ? "margin" : "value";
  }

  /** The classes in the order of the output's columns; null where there is not a column for each. */
  List<Object> classes(int width) {
    String parameters = metadata.getOrDefault("class_params", "");
    Matcher names = NAMES.matcher(parameters);
    if (!names.find()) {
      return null;
    }
    boolean whole = parameters.contains("\"class_label_type\":\"Integer\"");
    List<Object> classes = new ArrayList<>();
    Matcher name = NAME.matcher(parameters).region(names.end(), parameters.length());
    while (name.find()) {
      classes.add(name.group(1) != null ? unescaped(name.group(1)) : number(name.group(2), whole));
    }
    return classes.size() == width ? classes : null;
  }

  private static Object number(String text, boolean whole) {
    if (text.equals("true") || text.equals("false")) {
      return Boolean.valueOf(text);
    }
    return whole ? (Object) new BigDecimal(text).longValueExact() : Double.valueOf(text);
  }

  private static String unescaped(String text) {
    return text.replace("\\\"", "\"").replace("\\/", "/").replace("\\\\", "\\");
  }
}
