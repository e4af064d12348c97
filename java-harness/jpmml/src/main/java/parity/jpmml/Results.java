package parity.jpmml;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.dmg.pmml.DataType;
import org.dmg.pmml.OpType;
import org.dmg.pmml.ResultFeature;
import org.jpmml.evaluator.ModelEvaluator;
import org.jpmml.evaluator.OutputField;
import org.jpmml.evaluator.TargetField;
import parity.harness.Signature;

/**
 * Which outputs a PMML model declares: its targets, the probabilities of each target's classes as one output, and whatever else it
 * computes. An output field that only repeats a target ("predictedValue") is not listed a second time, and one that is there for
 * other output fields alone (isFinalResult="false", PMML 4.4) not at all.
 */
final class Results {
  private final List<TargetField> targets;
  private final List<ResultReader> readers = new ArrayList<>();
  private final Map<String, List<OutputField>> probabilities = new LinkedHashMap<>();

  private Results(List<TargetField> targets) {
    this.targets = targets;
  }

  static List<ResultReader> of(ModelEvaluator<?> evaluator) {
    Results results = new Results(evaluator.getTargetFields());
    results.targets.forEach(results::addTarget);
    evaluator.getOutputFields().stream().filter(OutputField::isFinalResult).forEach(results::addOutput);
    results.probabilities.forEach(results::addProbabilities);
    return results.readers;
  }

  // A model without a named target keeps its prediction under the name null.
  private void addTarget(TargetField target) {
    String name = target.getName() == null ? "prediction" : target.getName();
    readers.add(reader(name, target.getDataType(), kind(target.getOpType()), target.getName()));
  }

  private void addOutput(OutputField field) {
    ResultFeature feature = field.getField().getResultFeature();
    boolean ofModel = field.getField().getSegmentId() == null;
    if (ofModel && feature == ResultFeature.PROBABILITY && field.getField().getValue() != null) {
      probabilities.computeIfAbsent(targetOf(field), target -> new ArrayList<>()).add(field);
    } else if (!ofModel || feature != ResultFeature.PREDICTED_VALUE) {
      readers.add(reader(field.getName(), field.getDataType(), null, field.getName()));
    } else if (targets.isEmpty()) {
      readers.add(reader(field.getName(), field.getDataType(), kind(field.getOpType()), field.getName()));
    }
  }

  private String targetOf(OutputField field) {
    String named = field.getField().getTargetField();
    return named == null && !targets.isEmpty() ? targets.get(0).getName() : named;
  }

  private void addProbabilities(String target, List<OutputField> fields) {
    String name = probabilities.size() == 1 ? "probability" : "probability(" + target + ")";
    List<?> classes = fields.stream().map(field -> label(field.getField().getValue(), labelType(target))).toList();
    // The fields of one model share their type; should they not, the widest holds them all.
    boolean narrow = fields.stream().allMatch(field -> field.getDataType() == DataType.FLOAT);
    Signature.Output spec = new Signature.Output(name, narrow ? "float32" : "float64", "probability", fields.size(), classes);
    readers.add(new ResultReader(spec, fields.stream().map(OutputField::getName).toList()));
  }

  private DataType labelType(String target) {
    return targets.stream().filter(field -> target != null && target.equals(field.getName())).map(TargetField::getDataType).findFirst().orElse(DataType.STRING);
  }

  private static ResultReader reader(String name, DataType type, String kind, String field) {
    Signature.Output spec = new Signature.Output(name, Fields.type(type == null ? DataType.STRING : type), kind, 1, null);
    return new ResultReader(spec, Collections.singletonList(field));
  }

  private static String kind(OpType type) {
    return type == OpType.CONTINUOUS ? "value" : "label";
  }

  // A class stands as text in the file, but is compared as what the target holds: 1 and "1" are two classes.
  private static Object label(Object value, DataType type) {
    String text = value.toString();
    return switch (type) {
      case INTEGER -> new BigDecimal(text).longValueExact();
      case DOUBLE, FLOAT -> Double.valueOf(text);
      case BOOLEAN -> Boolean.valueOf(text);
      default -> text;
    };
  }
}
