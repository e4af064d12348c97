package parity.harness;

/**
 * One engine with one artifact loaded. A scorer has a public constructor {@code (Path artifact, Map<String, String> options)}
 * that may throw {@link ScoringException}, and is used from one thread at a time.
 */
public interface Scorer extends AutoCloseable {
  /** What the artifact itself says of its inputs and outputs. */
  Signature signature();

  /** Scores all rows. Writes every output of the signature once; refuses single rows through {@link Scores#refuse}. */
  void score(Batch batch, Scores scores) throws ScoringException;

  @Override
  default void close() {}
}
