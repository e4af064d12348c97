package parity.h2omojo;

import hex.ModelCategory;
import hex.genmodel.MojoModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Versions;

/**
 * H2O's MOJO reader as its documentation has production call it: {@code EasyPredictModelWrapper}, a {@code RowData} per row, a missing
 * cell is an absent key. Options: {@code api} (easy, or direct: {@code score0} on encoded doubles), {@code unknown-as-missing} and
 * {@code invalid-as-missing} (the wrapper's two conversions), {@code leaf} (the wrapper's leaf assignment, one more output).
 */
public final class H2oMojoScorer implements Scorer {
  private static final Set<ModelCategory> CLASSIFIERS =
      EnumSet.of(ModelCategory.Binomial, ModelCategory.Multinomial, ModelCategory.Ordinal);
  private static final Pattern JAR = Pattern.compile("h2o-genmodel-(\\d.+)\\.jar$");

  private final MojoModel model;
  private final RowScorer rows;
  private final String[] classes;
  private final boolean leaf;
  private final Signature signature;

  public H2oMojoScorer(Path artifact, Map<String, String> options) throws ScoringException {
    model = load(artifact);
    classes = classes(model);
    leaf = flag(options, "leaf");
    rows = rows(options);
    signature = new Signature(inputs(), outputs(), facts());
  }

  private static MojoModel load(Path artifact) throws ScoringException {
    try {
      return MojoModel.load(artifact.toString());
    } catch (IOException | RuntimeException refusal) {
      // An engine is called here: a damaged file may come out as any exception.
      throw new ScoringException("artifact", refusal);
    }
  }

  /** The classes in the order of their probabilities; null for a regression. */
  private static String[] classes(MojoModel model) throws ScoringException {
    ModelCategory category = model.getModelCategory();
    if (CLASSIFIERS.contains(category)) {
      return model.getDomainValues(model.getResponseIdx());
    }
    if (category == ModelCategory.Regression) {
      return null;
    }
    throw new ScoringException("artifact", "models of category " + category + " are not scored; wanted a classifier or a regression");
  }

  private RowScorer rows(Map<String, String> options) throws ScoringException {
    boolean unknownAsMissing = flag(options, "unknown-as-missing");
    return options.getOrDefault("api", "easy").equals("direct")
        ? new DirectRows(model, unknownAsMissing)
        : new EasyRows(model, unknownAsMissing, flag(options, "invalid-as-missing"), leaf);
  }

  private static boolean flag(Map<String, String> options, String name) {
    return Boolean.parseBoolean(options.getOrDefault(name, "false"));
  }

  private List<Signature.Input> inputs() {
    List<Signature.Input> inputs = new ArrayList<>();
    for (String name : model.features()) {
      String[] levels = model.getDomainValues(name);
      inputs.add(new Signature.Input(name, levels == null ? "float64" : "string", 1, levels == null ? null : Arrays.asList(levels)));
    }
    return inputs;
  }

  private List<Signature.Output> outputs() {
    List<Signature.Output> outputs = new ArrayList<>();
    if (classes == null) {
      outputs.add(new Signature.Output("value", "float64", "value", 1, null));
    } else {
      outputs.add(new Signature.Output("label", "string", "label", 1, null));
      outputs.add(new Signature.Output("probability", "float64", "probability", classes.length, Arrays.asList(classes)));
    }
    if (leaf) {
      outputs.add(new Signature.Output("leaf", "int32", "leaf", null, null));
    }
    return outputs;
  }

  private Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "h2o-genmodel");
    facts.put("engine.version", Versions.ofFileName(MojoModel.class, JAR));
    facts.put("h2o.version", String.valueOf(model._h2oVersion));
    facts.put("mojo.version", Double.toString(model._mojo_version));
    facts.put("algorithm", String.valueOf(model._algoName));
    facts.put("category", model.getModelCategory().name());
    if (model.getModelCategory() == ModelCategory.Binomial) {
      facts.put("threshold", Double.toString(model._defaultThreshold));
    }
    if (model.getOffsetName() != null) {
      facts.put("offset", model.getOffsetName());
    }
    return facts;
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    String[] names = model.features();
    Column[] columns = new Column[names.length];
    for (int i = 0; i < names.length; i++) {
      columns[i] = batch.onlyColumnOf(names[i]);
    }
    Answers answers = new Answers(classes, leaf, scores);
    for (int row = 0; row < batch.rows(); row++) {
      try {
        answers.put(row, rows.score(columns, row));
      } catch (ScoringException refusal) {
        scores.refuse(row, refusal.kind(), refusal.getMessage());
        answers.refuse(row);
      }
    }
    answers.end();
  }
}
