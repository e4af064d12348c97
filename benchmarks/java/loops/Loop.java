package benchmarks.loops;

/** A plain loop over rows in memory, as one would write it against the engine's own API. */
public interface Loop {
  /** Scores all rows: the numbers that the engine gives, row by row. */
  double[] score() throws Exception;
}
