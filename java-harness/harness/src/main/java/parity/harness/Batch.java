package parity.harness;

import java.nio.ByteBuffer;
import java.util.List;

/** The rows to score. Valid until the scorer returns. */
public final class Batch {
  private final Layout layout;
  private final Column[] columns;
  private final int rows;

  Batch(Layout layout, ByteBuffer block, int columnTableAt, int rows) {
    this.layout = layout;
    this.rows = rows;
    this.columns = new Column[layout.names.length];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = new Column(block, layout.names[i], layout.types[i], layout.shapes[i], columnTableAt + i * Block.COLUMN_SLOTS * Long.BYTES);
    }
  }

  public int rows() {
    return rows;
  }

  public int columns() {
    return columns.length;
  }

  public Column column(int index) {
    return columns[index];
  }

  /** The column of that name, or null where the batch has none. */
  public Column column(String name) {
    Integer index = layout.index(name);
    return index == null ? null : columns[index];
  }

  /** The columns that feed an input of the artifact, in order; empty where none does. */
  public List<Column> columnsOf(String input) {
    return layout.indices(input).stream().map(index -> columns[index]).toList();
  }

  /**
   * The one column that feeds an input which takes a single value a row, or null where none does.
   *
   * @throws ScoringException of kind "shape" where several do
   */
  public Column onlyColumnOf(String input) throws ScoringException {
    List<Column> found = columnsOf(input);
    if (found.size() > 1) {
      throw new ScoringException("shape", "input " + input + " takes one column, given " + found.size());
    }
    return found.isEmpty() ? null : found.get(0);
  }
}
