package parity.tribuo;

import java.io.IOException;
import java.nio.DoubleBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.tribuo.Example;
import org.tribuo.Model;
import org.tribuo.Output;
import org.tribuo.Prediction;
import org.tribuo.VariableIDInfo;
import org.tribuo.VariableInfo;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.impl.ArrayExample;
import org.tribuo.regression.RegressionFactory;
import org.tribuo.regression.Regressor;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Type;

/**
 * A Tribuo model from its protobuf file, asked one example a row. Tribuo's examples are sparse: a missing cell is a feature that the
 * example does not have, which a linear model counts as 0. It declines NaN, and an example without any feature that it knows.
 */
public final class TribuoScorer implements Scorer {
  // Kept here, because the JVM forgets the level of a logger that nobody holds.
  private final Logger log = Logger.getLogger("org.tribuo");
  private final Model<?> model;
  private final List<String> features = new ArrayList<>();
  private final List<String> places = new ArrayList<>();
  private final boolean classifier;
  // The model as one of its outputs; one of the two is null.
  private final Model<Label> labels;
  private final Model<Regressor> numbers;
  private final String[] names;
  private final Signature signature;

  public TribuoScorer(Path artifact, Map<String, String> options) throws ScoringException {
    log.setLevel(Level.SEVERE);
    try {
      model = Model.deserializeFromFile(artifact);
    } catch (IOException | RuntimeException refusal) {
      // An engine is called here: a damaged file may come out as any exception.
      throw new ScoringException("artifact", described(ScoringException.innermost(refusal)));
    }
    Class<?> output = model.getOutputIDInfo().getDomain().iterator().next().getClass();
    classifier = output == Label.class;
    if (!classifier && !Regressor.class.isAssignableFrom(output)) {
      throw new ScoringException("artifact", "it predicts " + output.getSimpleName() + "; scored are classifiers and regressions");
    }
    labels = classifier ? model.castModel(Label.class) : null;
    numbers = classifier ? null : model.castModel(Regressor.class);
    for (VariableInfo feature : model.getFeatureIDMap()) {
      int id = ((VariableIDInfo) feature).getID();
      while (features.size() <= id) {
        features.add(null);
      }
      features.set(id, feature.getName());
    }
    names = features.toArray(String[]::new);
    // By id, as the model's own ONNX export has them: in the order of the names of a regression's dimensions.
    for (int id = 0; id < model.getOutputIDInfo().size(); id++) {
      places.add(name(model.getOutputIDInfo().getOutput(id)));
    }
    signature = new Signature(features.stream().map(name -> new Signature.Input(name, "float64", 1, null)).toList(), outputs(), facts());
  }

  private static String name(Output<?> output) {
    return output instanceof Label label ? label.getLabel() : ((Regressor) output).getNames()[0];
  }

  private List<Signature.Output> outputs() {
    if (!classifier) {
      return List.of(new Signature.Output("value", "float64", "value", places.size(), null));
    }
    String kind = model.generatesProbabilities() ? "probability" : "margin";
    return List.of(new Signature.Output("label", "string", "label", 1, null), new Signature.Output(kind, "float64", kind, places.size(), places));
  }

  private Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "Tribuo");
    facts.put("engine.version", model.getProvenance().getTribuoVersion());
    facts.put("model", model.getName());
    return facts;
  }

  private static String described(Throwable refusal) {
    return refusal.getClass().getName() + ": " + ScoringException.text(refusal);
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    Column[] columns = columns(batch);
    String kind = signature.outputs().get(signature.outputs().size() - 1).name();
    DoubleBuffer answers = scores.doubles(kind, places.size());
    String[] chosen = new String[classifier ? batch.rows() : 0];
    for (int row = 0; row < batch.rows(); row++) {
      try {
        read(predict(columns, row), row, answers, chosen);
      } catch (RuntimeException refusal) {
        // An engine is called here: what it throws concerns this row alone.
        scores.refuse(row, kind(columns, row), described(refusal));
        if (classifier) {
          chosen[row] = "";
        }
      }
    }
    if (classifier) {
      scores.strings("label", 1, chosen);
    }
  }

  private Column[] columns(Batch batch) throws ScoringException {
    Column[] columns = new Column[features.size()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = batch.onlyColumnOf(features.get(i));
      if (columns[i] == null) {
        throw new ScoringException("column-absent", "column " + features.get(i) + " was not given");
      }
      if (columns[i].type() == Type.STRING) {
        throw new ScoringException("type", "column " + columns[i].name() + " is text, but Tribuo's features are numbers");
      }
    }
    return columns;
  }

  private Prediction<?> predict(Column[] columns, int row) {
    return labels != null
        ? labels.predict(example(LabelFactory.UNKNOWN_LABEL, columns, row))
        : numbers.predict(example(RegressionFactory.UNKNOWN_REGRESSOR, columns, row));
  }

  /** A missing cell is a feature that the example does not have. */
  private <T extends Output<T>> Example<T> example(T unknown, Column[] columns, int row) {
    double[] values = new double[columns.length];
    int given = 0;
    for (int i = 0; i < columns.length; i++) {
      if (!columns[i].isNull(row)) {
        values[given++] = columns[i].getDouble(row);
      }
    }
    return given == columns.length
        ? new ArrayExample<>(unknown, names, values)
        : new ArrayExample<>(unknown, namesOf(columns, row, given), Arrays.copyOf(values, given));
  }

  private String[] namesOf(Column[] columns, int row, int given) {
    String[] found = new String[given];
    int place = 0;
    for (int i = 0; i < columns.length; i++) {
      if (!columns[i].isNull(row)) {
        found[place++] = names[i];
      }
    }
    return found;
  }

  private void read(Prediction<?> prediction, int row, DoubleBuffer answers, String[] chosen) {
    if (prediction.getOutput() instanceof Label label) {
      chosen[row] = label.getLabel();
      for (int i = 0; i < places.size(); i++) {
        answers.put(row * places.size() + i, ((Label) prediction.getOutputScores().get(places.get(i))).getScore());
      }
      return;
    }
    Regressor found = (Regressor) prediction.getOutput();
    for (int i = 0; i < places.size(); i++) {
      answers.put(row * places.size() + i, found.getDimension(places.get(i)).orElseThrow().getValue());
    }
  }

  private static String kind(Column[] columns, int row) {
    for (Column column : columns) {
      if (!column.isNull(row) && Double.isNaN(column.getDouble(row))) {
        return "invalid-value";
      }
    }
    return "missing";
  }
}
