package parity.spark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.classification.ClassificationModel;
import org.apache.spark.ml.classification.OneVsRestModel;
import org.apache.spark.ml.feature.IndexToString;
import org.apache.spark.ml.feature.StringIndexerModel;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.regression.RegressionModel;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import parity.harness.ScoringException;
import parity.harness.Signature;

/** The columns that a pipeline makes and no stage of it takes (or all that it makes), with what each is by the stage that makes it. */
final class Outputs {
  private static final Map<DataType, String> TYPES =
      Map.of(
          DataTypes.DoubleType, "float64",
          DataTypes.FloatType, "float32",
          DataTypes.IntegerType, "int32",
          DataTypes.LongType, "int64",
          DataTypes.BooleanType, "bool",
          DataTypes.StringType, "string",
          SQLDataTypes.VectorType(), "float64");

  private final Map<String, String> kinds = new HashMap<>();
  private final Map<String, List<?>> classes = new HashMap<>();
  private final Set<String> taken = new HashSet<>();

  Outputs(Stages stages) {
    StringIndexerModel target = stages.ofTarget();
    List<?> named = target == null ? null : List.of(target.labelsArray()[0]);
    for (Transformer stage : stages.scoring()) {
      taken.addAll(Stages.taken(stage));
      if (stage instanceof ClassificationModel<?, ?> model) {
        classifier(stage, model.numClasses(), named);
      } else if (stage instanceof OneVsRestModel model) {
        classifier(stage, model.models().length, named);
      } else if (stage instanceof IndexToString back && "label".equals(kinds.get(back.getInputCol()))) {
        kinds.put(back.getOutputCol(), "label");
      } else {
        String answer = stage instanceof RegressionModel<?, ?> ? "value" : stage.hasParam("featuresCol") ? "label" : null;
        tell(stage, "predictionCol", answer);
        tell(stage, "probabilityCol", "probability");
        tell(stage, "linkPredictionCol", "margin");
      }
      tell(stage, "leafCol", "leaf");
    }
  }

  private void classifier(Transformer stage, int count, List<?> named) {
    List<Double> indices = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      indices.add((double) i);
    }
    // An indexer that was fitted to more rows than the classifier may know more labels.
    List<?> names = named != null && named.size() == count ? named : indices;
    for (String parameter : List.of("probabilityCol", "rawPredictionCol")) {
      Stages.names(stage, parameter).forEach(column -> classes.put(column, names));
    }
    tell(stage, "predictionCol", "label");
    tell(stage, "probabilityCol", "probability");
    tell(stage, "rawPredictionCol", "margin");
  }

  private void tell(Transformer stage, String parameter, String kind) {
    if (kind != null) {
      Stages.names(stage, parameter).forEach(column -> kinds.put(column, kind));
    }
  }

  /** What stands in the schema behind the pipeline and not in the one before it. */
  List<Signature.Output> between(StructType before, StructType after, boolean all) throws ScoringException {
    Set<String> given = Set.of(before.fieldNames());
    List<Signature.Output> found = new ArrayList<>();
    for (StructField field : after.fields()) {
      if (!given.contains(field.name()) && (all || !taken.contains(field.name()))) {
        found.add(spec(field));
      }
    }
    if (found.isEmpty()) {
      throw new ScoringException("artifact", "the pipeline makes no column");
    }
    return found;
  }

  private Signature.Output spec(StructField field) throws ScoringException {
    String type = TYPES.get(field.dataType());
    if (type == null) {
      throw new ScoringException("artifact", "output " + field.name() + " is " + field.dataType().simpleString() + "; read are numbers, text, truth and vectors");
    }
    List<?> names = classes.get(field.name());
    boolean vector = field.dataType().equals(SQLDataTypes.VectorType());
    Integer width = vector ? (names == null ? null : (Integer) names.size()) : (Integer) 1;
    return new Signature.Output(field.name(), type, kinds.get(field.name()), width, names);
  }
}
