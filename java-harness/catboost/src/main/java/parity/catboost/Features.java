package parity.catboost;

import ai.catboost.CatBoostModel;
import java.util.List;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.ScoringException;
import parity.harness.Type;

/** The features of one type, in the order in which the applier takes them: by place, so that none can be left out. */
record Features(List<String> names) {
  static Features of(CatBoostModel model, Class<? extends CatBoostModel.Feature> type) {
    List<CatBoostModel.Feature> ours = model.getFeatures().stream().filter(type::isInstance).toList();
    String[] names = new String[ours.stream().mapToInt(feature -> feature.getFeatureIndex() + 1).max().orElse(0)];
    ours.forEach(feature -> names[feature.getFeatureIndex()] = feature.getName());
    return new Features(List.of(names));
  }

  /** Row by row; null where the model has no such feature. A missing cell is NaN. */
  float[][] floats(Batch batch) throws ScoringException {
    if (names.isEmpty()) {
      return null;
    }
    float[][] cells = new float[batch.rows()][names.size()];
    for (int c = 0; c < names.size(); c++) {
      Column column = onlyColumn(names.get(c), batch);
      if (column.type() == Type.STRING) {
        throw new ScoringException("type", "column " + column.name() + " holds text, but CatBoost takes floats for it");
      }
      for (int row = 0; row < cells.length; row++) {
        cells[row][c] = column.isNull(row) ? Float.NaN : column.getFloat(row);
      }
    }
    return cells;
  }

  /**
   * Row by row; null where the model has no such feature. A number becomes the text that Java makes of it, 1 "1" but 1.0 "1.0": for
   * CatBoost these are two categories. A missing cell stays null, which it declines.
   */
  String[][] texts(Batch batch) throws ScoringException {
    if (names.isEmpty()) {
      return null;
    }
    String[][] cells = new String[batch.rows()][names.size()];
    for (int c = 0; c < names.size(); c++) {
      Column column = onlyColumn(names.get(c), batch);
      for (int row = 0; row < cells.length; row++) {
        Object value = column.get(row);
        cells[row][c] = value == null ? null : value.toString();
      }
    }
    return cells;
  }

  private static Column onlyColumn(String feature, Batch batch) throws ScoringException {
    List<Column> columns = batch.columnsOf(feature);
    if (columns.isEmpty()) {
      throw new ScoringException("column-absent", "feature " + feature + " has no column");
    }
    if (columns.size() > 1) {
      throw new ScoringException("shape", "feature " + feature + " takes one column, given " + columns.size());
    }
    return columns.get(0);
  }
}
