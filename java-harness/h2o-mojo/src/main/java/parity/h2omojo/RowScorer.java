package parity.h2omojo;

import parity.harness.Column;
import parity.harness.ScoringException;

/** One way into the engine, row by row. */
interface RowScorer {
  /**
   * What the engine says of one row. {@code numbers} hold from {@code from} on the value, or a probability per class; {@code label} is the
   * index of the class, 0 where there is none; {@code leaves} holds a leaf per tree, null where it was not asked for.
   */
  record Answer(int label, double[] numbers, int from, int[] leaves) {}

  /** @param columns one per feature in the model's order, null where none was given */
  Answer score(Column[] columns, int row) throws ScoringException;
}
