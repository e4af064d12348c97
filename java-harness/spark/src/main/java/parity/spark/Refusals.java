package parity.spark;

import parity.harness.ScoringException;

/** What Spark throws, as a refusal in its own words: those of the innermost cause, since all around it tells of jobs and plans. */
final class Refusals {
  private Refusals() {}

  /** While the artifact is loaded. */
  static ScoringException opening(Throwable thrown) {
    return new ScoringException("artifact", ScoringException.named(ScoringException.innermost(thrown)));
  }

  /** Before a row is looked at: it is about the columns. */
  static ScoringException ofColumns(Throwable thrown, boolean columnsAbsent) {
    return new ScoringException(columnsAbsent ? "column-absent" : "type", ScoringException.named(ScoringException.innermost(thrown)));
  }

  /** While rows are transformed: one of them is meant, and Spark does not say which. */
  static ScoringException ofRow(Throwable thrown) {
    String text = ScoringException.text(ScoringException.innermost(thrown));
    String kind = "other";
    if (text.contains("NaN")) {
      kind = "invalid-value";
    } else if (text.contains("ncountered null") || text.contains("NULL value")) {
      kind = "missing";
    } else if (text.contains("Unseen label")) {
      kind = "unseen-category";
    }
    return new ScoringException(kind, ScoringException.named(ScoringException.innermost(thrown)));
  }
}
