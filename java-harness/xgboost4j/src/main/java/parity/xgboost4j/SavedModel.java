package parity.xgboost4j;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The few fields of a saved booster (UBJSON) that say what its prediction means. Keys are "L" + 8-byte length + text, text values the
 * same after an "S"; they are looked up from the end, because user-given names (features, attributes) stand before the objective.
 */
final class SavedModel {
  private final byte[] bytes;

  SavedModel(byte[] bytes) {
    this.bytes = bytes;
  }

  /** For example "binary:logistic". Never empty: "unknown" where the model does not say. */
  String objective() {
    int objective = lastKey("objective", bytes.length);
    String name = objective < 0 ? null : textAfter("name", objective);
    return name == null ? "unknown" : name;
  }

  /** What {@code predict} gives for that objective (XGBoost parameter reference, "Learning Task Parameters"). */
  String kind() {
    return switch (objective()) {
      case "binary:logistic", "reg:logistic", "multi:softprob" -> "probability";
      case "multi:softmax", "binary:hinge" -> "label";
      case "binary:logitraw", "rank:pairwise", "rank:ndcg", "rank:map" -> "margin";
      default -> "value";
    };
  }

  /** Numbers per row, or null where the model does not say. */
  Integer width() {
    int params = lastKey("learner_model_param", bytes.length);
    String classes = params < 0 ? null : textAfter("num_class", params);
    String targets = params < 0 ? null : textAfter("num_target", params);
    if (classes == null) {
      return null;
    }
    int perTarget = objective().equals("multi:softprob") ? Math.max(1, Integer.parseInt(classes)) : 1;
    return perTarget * (targets == null ? 1 : Math.max(1, Integer.parseInt(targets)));
  }

  private int lastKey(String key, int before) {
    byte[] wanted = encoded(key);
    for (int at = before - wanted.length; at >= 0; at--) {
      if (matches(wanted, at) && nextIs('{', at + wanted.length)) {
        return at;
      }
    }
    return -1;
  }

  private String textAfter(String key, int from) {
    byte[] wanted = encoded(key);
    for (int at = from; at + wanted.length + 10 < bytes.length; at++) {
      int value = at + wanted.length;
      if (matches(wanted, at) && bytes[value] == 'S' && bytes[value + 1] == 'L') {
        int length = (int) ByteBuffer.wrap(bytes, value + 2, 8).getLong();
        return new String(bytes, value + 10, length, StandardCharsets.UTF_8);
      }
    }
    return null;
  }

  private boolean nextIs(char wanted, int at) {
    return at < bytes.length && bytes[at] == wanted;
  }

  private boolean matches(byte[] wanted, int at) {
    for (int i = 0; i < wanted.length; i++) {
      if (bytes[at + i] != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  private static byte[] encoded(String key) {
    byte[] text = key.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(9 + text.length).put((byte) 'L').putLong(text.length).put(text).array();
  }
}
