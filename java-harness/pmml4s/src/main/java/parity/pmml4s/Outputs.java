package parity.pmml4s;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pmml4s.metadata.Field;
import org.pmml4s.metadata.OutputField;
import org.pmml4s.metadata.ResultFeature;
import org.pmml4s.model.Model;
import parity.harness.Signature;
import scala.Option;

/** The output fields of a model, with the probabilities of a target's classes collected into one output. */
final class Outputs {
  private final Model model;
  private final List<Output> found = new ArrayList<>();
  private final Map<String, List<OutputField>> probabilities = new LinkedHashMap<>();

  private Outputs(Model model) {
    this.model = model;
  }

  static List<Output> of(Model model) {
    Outputs outputs = new Outputs(model);
    for (OutputField field : model.outputFields()) {
      outputs.add(field);
    }
    outputs.probabilities.forEach(outputs::addProbabilities);
    return outputs.found;
  }

  private void add(OutputField field) {
    boolean probability = field.feature().equals(ResultFeature.probability());
    if (probability && field.value().isDefined() && field.segmentId().isEmpty()) {
      probabilities.computeIfAbsent(text(field.targetField()), target -> new ArrayList<>()).add(field);
      return;
    }
    // That of the predicted class alone, which PMML4S names like a whole distribution.
    String name = probability && field.name().equals("probability") ? "probability of the prediction" : field.name();
    boolean predicted = field.feature().equals(ResultFeature.predictedValue()) && field.segmentId().isEmpty();
    found.add(output(name, type(field), predicted ? kind(field) : null, List.of(field.name()), null));
  }

  private void addProbabilities(String target, List<OutputField> fields) {
    String name = probabilities.size() == 1 ? "probability" : "probability(" + target + ")";
    List<String> names = fields.stream().map(OutputField::name).toList();
    List<Object> classes = fields.stream().map(field -> label(target, field.value().get().toVal())).toList();
    // Whatever type the field declares: PMML4S computes in doubles, and gives a Double.
    found.add(output(name, "float64", "probability", names, classes));
  }

  // A class of a file stands as text, but is compared as what the target holds: 1 and "1" are two classes.
  private Object label(String target, Object value) {
    Map<String, Object> known = new HashMap<>();
    boolean several = !target.isEmpty() && model.multiTargets();
    for (var one : several ? model.classes(target) : model.classes()) {
      known.put(String.valueOf(one.toVal()), one.toVal());
    }
    return known.getOrDefault(String.valueOf(value), value);
  }

  private static Output output(String name, String type, String kind, List<String> fields, List<?> classes) {
    return new Output(new Signature.Output(name, type, kind, fields.size(), classes), fields);
  }

  private static String kind(Field field) {
    return field.isContinuous() ? "value" : "label";
  }

  private static String type(Field field) {
    return switch (field.dataType().toString()) {
      case "double", "float", "real" -> "float64";
      case "integer" -> "int64";
      case "boolean" -> "bool";
      default -> "string";
    };
  }

  private static String text(Option<String> option) {
    return option.isDefined() ? option.get() : "";
  }
}
