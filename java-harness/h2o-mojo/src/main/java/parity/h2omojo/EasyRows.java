package parity.h2omojo;

import hex.genmodel.MojoModel;
import hex.genmodel.easy.EasyPredictModelWrapper;
import hex.genmodel.easy.RowData;
import hex.genmodel.easy.exception.PredictException;
import hex.genmodel.easy.exception.PredictNumberFormatException;
import hex.genmodel.easy.exception.PredictUnknownCategoricalLevelException;
import hex.genmodel.easy.exception.PredictUnknownTypeException;
import hex.genmodel.easy.prediction.AbstractPrediction;
import hex.genmodel.easy.prediction.BinomialModelPrediction;
import hex.genmodel.easy.prediction.MultinomialModelPrediction;
import hex.genmodel.easy.prediction.OrdinalModelPrediction;
import hex.genmodel.easy.prediction.RegressionModelPrediction;
import java.io.IOException;
import parity.harness.Column;
import parity.harness.ScoringException;
import parity.harness.Type;

/** {@code EasyPredictModelWrapper.predict}: it takes Double for numbers and String for levels, and encodes them itself. */
final class EasyRows implements RowScorer {
  private final EasyPredictModelWrapper wrapper;
  private final String[] names;
  private final boolean[] categorical;
  // One for all rows: the wrapper reads it within the call.
  private final RowData data = new RowData();

  EasyRows(MojoModel model, boolean unknownAsMissing, boolean invalidAsMissing, boolean leaf) throws ScoringException {
    try {
      wrapper = new EasyPredictModelWrapper(
          new EasyPredictModelWrapper.Config()
              .setModel(model)
              .setConvertUnknownCategoricalLevelsToNa(unknownAsMissing)
              .setConvertInvalidNumbersToNa(invalidAsMissing)
              .setEnableLeafAssignment(leaf));
    } catch (IOException | RuntimeException refusal) {
      // An engine is called here: for an option that the model's algorithm does not have.
      throw new ScoringException("artifact", refusal);
    }
    names = model.features();
    categorical = new boolean[names.length];
    for (int i = 0; i < names.length; i++) {
      categorical[i] = model.getDomainValues(names[i]) != null;
    }
  }

  @Override
  public Answer score(Column[] columns, int row) throws ScoringException {
    for (int i = 0; i < names.length; i++) {
      if (columns[i] == null || columns[i].isNull(row)) {
        data.remove(names[i]);
      } else {
        data.put(names[i], cell(columns[i], row, categorical[i]));
      }
    }
    try {
      return answer(wrapper.predict(data));
    } catch (PredictException | RuntimeException refusal) {
      // An engine is called here: for a value that it did not expect any exception may come out, and it concerns this row alone.
      throw new ScoringException(kind(refusal), refusal);
    }
  }

  /** Whole numbers and booleans are the levels of their text, as H2O's own parser reads them; other numbers the wrapper refuses. */
  private static Object cell(Column column, int row, boolean categorical) {
    Type type = column.type();
    if (type == Type.STRING) {
      return column.getString(row);
    }
    boolean fraction = type == Type.FLOAT32 || type == Type.FLOAT64;
    return categorical && !fraction ? column.get(row).toString() : (Object) column.getDouble(row);
  }

  private static Answer answer(AbstractPrediction prediction) {
    if (prediction instanceof BinomialModelPrediction binomial) {
      return new Answer(binomial.labelIndex, binomial.classProbabilities, 0, binomial.leafNodeAssignmentIds);
    }
    if (prediction instanceof MultinomialModelPrediction multinomial) {
      return new Answer(multinomial.labelIndex, multinomial.classProbabilities, 0, multinomial.leafNodeAssignmentIds);
    }
    if (prediction instanceof OrdinalModelPrediction ordinal) {
      return new Answer(ordinal.labelIndex, ordinal.classProbabilities, 0, null);
    }
    RegressionModelPrediction regression = (RegressionModelPrediction) prediction;
    return new Answer(0, new double[] {regression.value}, 0, regression.leafNodeAssignmentIds);
  }

  private static String kind(Exception refusal) {
    if (refusal instanceof PredictUnknownCategoricalLevelException) {
      return "unseen-category";
    }
    return refusal instanceof PredictNumberFormatException || refusal instanceof PredictUnknownTypeException ? "type" : "other";
  }
}
