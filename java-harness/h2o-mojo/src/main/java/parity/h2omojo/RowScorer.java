package parity.h2omojo;

import parity.harness.Column;
import parity.harness.ScoringException;

/** One way into the engine, row by row. */
interface RowScorer {
  /**
   * What the engine says of one row. {@code numbers} are laid out as {@code score0} has it: the value, or the index of the class and
   * then a probability per class; {@code leaves} holds a leaf per tree, null where it was not asked for.
   */
  record Answer(double[] numbers, int[] leaves) {}

  /** @param columns one per feature in the model's order, null where none was given */
  Answer score(Column[] columns, int row) throws ScoringException;
}
