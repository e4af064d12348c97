package parity.jpmml;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jpmml.evaluator.EvaluationException;
import org.jpmml.evaluator.InputField;
import org.jpmml.evaluator.LoadingModelEvaluatorBuilder;
import org.jpmml.evaluator.ModelEvaluator;
import org.jpmml.evaluator.TypeCheckException;
import org.jpmml.evaluator.ValueCheckException;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Versions;

/** JPMML-Evaluator as production calls it: a fresh map per row, a missing cell is an absent key, an exception refuses its row. */
public final class JpmmlScorer implements Scorer {
  private final ModelEvaluator<?> evaluator;
  private final List<ResultReader> results;
  private final Signature signature;

  /** @param options none */
  public JpmmlScorer(Path artifact, Map<String, String> options) throws ScoringException {
    evaluator = load(artifact);
    results = Results.of(evaluator);
    signature = new Signature(
        evaluator.getInputFields().stream().map(Fields::input).toList(), results.stream().map(ResultReader::spec).toList(), facts());
  }

  private static ModelEvaluator<?> load(Path artifact) throws ScoringException {
    try {
      ModelEvaluator<?> loaded = new LoadingModelEvaluatorBuilder().load(artifact.toFile()).build();
      loaded.verify();
      return loaded;
    } catch (Exception refusal) {
      // An engine is called here: a damaged file may come out as any exception, mostly without a message of its own.
      throw new ScoringException("artifact", deepest(refusal));
    }
  }

  private static Throwable deepest(Throwable error) {
    Throwable cause = error;
    while (cause.getMessage() == null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  private Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "JPMML-Evaluator");
    facts.put("engine.version", Versions.ofMaven(ModelEvaluator.class, "org.jpmml/pmml-evaluator"));
    facts.put("pmml.version", evaluator.getPMML().getVersion());
    facts.put("model", evaluator.getSummary());
    facts.put("math-context", evaluator.getModel().getMathContext().value());
    return facts;
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    List<InputField> fields = evaluator.getInputFields();
    String[] names = new String[fields.size()];
    Column[] columns = new Column[names.length];
    for (int i = 0; i < names.length; i++) {
      names[i] = fields.get(i).getName();
      columns[i] = batch.onlyColumnOf(names[i]);
    }
    results.forEach(result -> result.begin(scores));
    for (int row = 0; row < batch.rows(); row++) {
      scoreRow(row, arguments(names, columns, row), scores);
    }
    results.forEach(ResultReader::end);
  }

  private static Map<String, Object> arguments(String[] names, Column[] columns, int row) {
    Map<String, Object> arguments = new HashMap<>(2 * names.length);  // at half its load, so that it never grows
    for (int i = 0; i < names.length; i++) {
      Object value = columns[i] == null ? null : columns[i].get(row);
      if (value != null) {
        arguments.put(names[i], value);
      }
    }
    return arguments;
  }

  private void scoreRow(int row, Map<String, Object> arguments, Scores scores) {
    Map<String, ?> result;
    try {
      result = evaluator.evaluate(arguments);
    } catch (RuntimeException refusal) {
      // An engine is called here: for a value that it did not expect any exception may come out, and it concerns this row alone.
      scores.refuse(row, kind(refusal, arguments), ScoringException.text(refusal));
      return;
    }
    for (ResultReader reader : results) {
      reader.read(row, result);
    }
  }

  private String kind(RuntimeException refusal, Map<String, Object> arguments) {
    if (refusal instanceof ValueCheckException) {
      return isUnseenCategory(refusal.getMessage(), arguments) ? "unseen-category" : "invalid-value";
    }
    return refusal instanceof TypeCheckException ? "type" : "other";
  }

  // The exception carries no field, but its text starts with it: Field "city" cannot accept invalid value "Paris".
  private boolean isUnseenCategory(String message, Map<String, Object> arguments) {
    for (InputField field : evaluator.getInputFields()) {
      if (message.startsWith("Field " + EvaluationException.formatName(field.getName()) + " ")) {
        Object value = arguments.get(field.getName());
        boolean nan = value instanceof Number number && Double.isNaN(number.doubleValue());
        return Fields.isDiscrete(field) && value != null && !nan;
      }
    }
    return false;
  }
}
