package parity.catboost;

import ai.catboost.CatBoostModel;
import java.util.ArrayList;
import java.util.List;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.RowMajor;
import parity.harness.ScoringException;

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
    List<Column> columns = columns(batch);
    RowMajor.refuseText(columns, "CatBoost takes floats for it");
    float[][] cells = new float[batch.rows()][names.size()];
    RowMajor.floats(columns, 0, cells.length, cells);
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
    List<Column> columns = columns(batch);
    for (int row = 0; row < cells.length; row++) {
      for (int c = 0; c < cells[row].length; c++) {
        Object value = columns.get(c).get(row);
        cells[row][c] = value == null ? null : value.toString();
      }
    }
    return cells;
  }

  private List<Column> columns(Batch batch) throws ScoringException {
    List<Column> columns = new ArrayList<>(names.size());
    for (String name : names) {
      columns.add(onlyColumn(name, batch));
    }
    return columns;
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
