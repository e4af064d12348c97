package parity.pmml4s;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pmml4s.metadata.Field;
import org.pmml4s.model.Model;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Versions;

/**
 * PMML4S as its manual calls it from Java: a map per row, in which a missing cell is an absent key. It refuses nothing: text where a
 * number is wanted and a category that the model does not know count as missing, and it resolves external entities of the file.
 * Option: {@code outputs}, "declared" (by the file; the default) or "all", which adds what PMML4S can compute beside them.
 */
public final class Pmml4sScorer implements Scorer {
  private final Model model;
  private final Signature signature;
  private final List<Output> outputs;
  private final String[] names;

  public Pmml4sScorer(Path artifact, Map<String, String> options) throws ScoringException {
    try {
      model = Model.fromFile(artifact.toFile());
      model.setSupplementOutput("all".equals(options.get("outputs")));
      names = model.inputNames();
      outputs = Outputs.of(model);
      List<Signature.Input> inputs = Arrays.stream(model.inputFields()).map(Pmml4sScorer::input).toList();
      signature = new Signature(inputs, outputs.stream().map(Output::spec).toList(), facts());
    } catch (Exception refusal) {
      // An engine is called here: for a damaged file it throws whatever its parser stumbles over, a NullPointerException mostly.
      throw new ScoringException("artifact", "PMML4S stumbles over what is not there, or is not as it expects (" + ScoringException.named(refusal) + ")");
    }
    if (outputs.isEmpty()) {
      // PMML4S itself opens a file without a model, and answers with an empty map.
      throw new ScoringException("artifact", "PMML4S finds no output in it: there is no model that it knows");
    }
  }

  private static Signature.Input input(Field field) {
    boolean discrete = field.isNominal() || field.isOrdinal();
    List<String> known = discrete ? Arrays.stream(field.validValues()).map(value -> String.valueOf(value.toVal())).toList() : List.of();
    return new Signature.Input(field.name(), inputType(field), 1, known.isEmpty() ? null : known);
  }

  private static String inputType(Field field) {
    return switch (field.dataType().toString()) {
      case "string" -> "string";
      case "float" -> "float32";
      case "double", "real" -> "float64";
      case "integer" -> "int64";
      case "boolean" -> "bool";
      default -> "any";
    };
  }

  private Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "PMML4S");
    facts.put("engine.version", Versions.ofManifest(Model.class));
    facts.put("pmml.version", model.version());
    facts.put("model", model.getClass().getSimpleName() + ", " + model.functionName());
    return facts;
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    Column[] columns = new Column[names.length];
    for (int i = 0; i < names.length; i++) {
      columns[i] = batch.onlyColumnOf(names[i]);
    }
    outputs.forEach(output -> output.begin(scores));
    // One map for all rows: PMML4S reads it within the call.
    Map<String, Object> arguments = new HashMap<>(2 * names.length);
    for (int row = 0; row < batch.rows(); row++) {
      fill(arguments, columns, row);
      scoreRow(row, arguments, scores);
    }
    outputs.forEach(Output::end);
  }

  private void fill(Map<String, Object> arguments, Column[] columns, int row) {
    for (int i = 0; i < names.length; i++) {
      Object value = columns[i] == null ? null : columns[i].get(row);
      if (value == null) {
        arguments.remove(names[i]);
      } else {
        arguments.put(names[i], value);
      }
    }
  }

  private void scoreRow(int row, Map<String, Object> arguments, Scores scores) {
    try {
      Map<String, Object> result = model.predict(arguments);
      for (Output output : outputs) {
        output.read(row, result);
      }
    } catch (RuntimeException refusal) {
      // An engine is called here: any exception may come out, and it concerns this row alone.
      scores.refuse(row, "other", ScoringException.named(refusal));
    }
  }
}
