package parity.h2omojo;

import hex.ModelCategory;
import hex.genmodel.MojoModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import parity.harness.Column;
import parity.harness.ScoringException;
import parity.harness.Type;

/** {@code score0} on doubles: the caller encodes a level as its place in the domain and a missing cell as NaN, as the wrapper would. */
final class DirectRows implements RowScorer {
  private final MojoModel model;
  private final boolean unknownAsMissing;
  private final boolean classifier;
  private final String[] names;
  private final List<Map<String, Integer>> places = new ArrayList<>();

  DirectRows(MojoModel model, boolean unknownAsMissing) {
    this.model = model;
    this.unknownAsMissing = unknownAsMissing;
    classifier = model.getModelCategory() != ModelCategory.Regression;
    names = model.features();
    for (String name : names) {
      String[] levels = model.getDomainValues(name);
      places.add(levels == null ? null : places(levels));
    }
  }

  private static Map<String, Integer> places(String[] levels) {
    Map<String, Integer> places = new HashMap<>();
    for (int i = 0; i < levels.length; i++) {
      places.put(levels[i], i);
    }
    return places;
  }

  @Override
  public Answer score(Column[] columns, int row) throws ScoringException {
    double[] values = new double[names.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = columns[i] == null || columns[i].isNull(row) ? Double.NaN : encoded(columns[i], row, places.get(i));
    }
    try {
      double[] answer = model.score0(values, new double[model.getPredsSize()]);
      return classifier ? new Answer((int) answer[0], answer, 1, null) : new Answer(0, answer, 0, null);
    } catch (RuntimeException refusal) {
      // An engine is called here: whatever comes out concerns this row alone.
      throw new ScoringException("other", refusal);
    }
  }

  private double encoded(Column column, int row, Map<String, Integer> levels) throws ScoringException {
    if (levels == null) {
      if (column.type() == Type.STRING) {
        throw new ScoringException("type", "column " + column.name() + " holds text, but score0 takes double[]");
      }
      return column.getDouble(row);
    }
    String level = column.get(row).toString();
    Integer place = levels.get(level);
    if (place == null && !unknownAsMissing) {
      throw new ScoringException("unseen-category", "column " + column.name() + " has no level " + level + " in the model");
    }
    return place == null ? Double.NaN : place;
  }
}
