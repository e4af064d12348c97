package parity.harness;

/** An artifact that will not load, or a whole batch that the engine declines. */
public final class ScoringException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String kind;

  /** @param kind one of "missing", "invalid-value", "unseen-category", "type", "shape", "empty-batch", "column-absent", "artifact", "out-of-memory", "licence" (where an artifact is opened), "other" */
  public ScoringException(String kind, String message) {
    super(message);
    this.kind = kind;
  }

  public ScoringException(String kind, Throwable cause) {
    super(text(cause), cause);
    this.kind = kind;
  }

  public String kind() {
    return kind;
  }

  /** The message of an engine, or the name of its class where it gave none, without a native stack trace. */
  public static String text(Throwable error) {
    String message = error.getMessage();
    return message == null || message.isBlank() ? error.getClass().getName() : withoutNativeTrace(message);
  }

  /** As {@link #text}, behind the name of the error's class: for engines whose messages say little without it. */
  public static String named(Throwable error) {
    String name = error.getClass().getName();
    String text = text(error);
    return text.equals(name) ? name : name + ": " + text;
  }

  /** What started it all: the last cause of a chain of them, where an engine wraps what it met. */
  public static Throwable innermost(Throwable error) {
    Throwable cause = error;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    return cause;
  }

  // XGBoost and LightGBM append a trace that names a temporary file, so that no two runs give the same text.
  private static String withoutNativeTrace(String message) {
    int trace = message.indexOf("\nStack trace:");
    return (trace < 0 ? message : message.substring(0, trace)).strip();
  }
}
