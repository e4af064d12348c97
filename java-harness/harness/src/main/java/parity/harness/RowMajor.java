package parity.harness;

import java.util.List;

/** Columns of numbers into rows, for engines that take arrays; a missing cell is NaN. */
public final class RowMajor {
  // Column by column, but few rows at a time: those stay in the processor's cache until the last column is in.
  private static final int BLOCK = 128;

  private RowMajor() {}

  /** Throws a refusal of kind "type" where a column holds text; {@code taker} says what takes no text, for example "score takes double[]". */
  public static void refuseText(List<Column> columns, String taker) throws ScoringException {
    for (Column column : columns) {
      if (column.type() == Type.STRING) {
        throw new ScoringException("type", "column " + column.name() + " holds text, but " + taker);
      }
    }
  }

  /** Rows {@code from} to {@code from + rows} of the batch into the first arrays of {@code target}, each as long as there are columns. */
  public static void floats(List<Column> columns, int from, int rows, float[][] target) {
    for (int first = 0; first < rows; first += BLOCK) {
      int end = Math.min(first + BLOCK, rows);
      for (int place = 0; place < columns.size(); place++) {
        columns.get(place).floats(from + first, from + end, target, first, place);
      }
    }
  }

  /** The same into one array, row after row. */
  public static void doubles(List<Column> columns, int from, int rows, double[] target) {
    int width = columns.size();
    for (int first = 0; first < rows; first += BLOCK) {
      int end = Math.min(first + BLOCK, rows);
      for (int place = 0; place < width; place++) {
        columns.get(place).doubles(from + first, from + end, target, first * width + place, width);
      }
    }
  }
}
