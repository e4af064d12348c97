package parity.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.PredictionModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.clustering.KMeansModel;
import org.apache.spark.ml.feature.MinMaxScalerModel;
import org.apache.spark.ml.feature.StandardScalerModel;
import org.apache.spark.ml.feature.StringIndexerModel;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import parity.harness.ScoringException;
import parity.harness.Signature;

/**
 * What a pipeline takes: the columns that its stages read and none of them makes. Saved models do not tell the types of their
 * columns, so each stage is asked which it accepts: numbers, text, a vector.
 */
final class Inputs {
  private static final DataType VECTOR = SQLDataTypes.VectorType();

  private final Map<String, Input> found = new LinkedHashMap<>();
  private StructType given = new StructType();
  private StructType known = new StructType();

  Inputs(Stages stages) throws ScoringException {
    for (Transformer stage : stages.scoring()) {
      add(stage);
    }
    if (found.isEmpty()) {
      throw new ScoringException("artifact", "no stage of the pipeline names a column that it reads");
    }
  }

  List<Input> all() {
    return List.copyOf(found.values());
  }

  /** The inputs as a frame has them, each in a type that the pipeline accepts. */
  StructType schema() {
    return given;
  }

  private void add(Transformer stage) throws ScoringException {
    List<String> there = Arrays.asList(known.fieldNames());
    List<String> open = Stages.taken(stage).stream().filter(name -> !there.contains(name)).toList();
    if (!open.isEmpty()) {
      DataType type = accepted(stage, open);
      boolean textToo = type.equals(DataTypes.DoubleType) && accepts(stage, open, DataTypes.StringType);
      for (String name : open) {
        found.put(name, new Input(spec(stage, name, type, textToo)));
      }
      given = with(given, open, type);
      known = with(known, open, type);
    }
    known = stage.transformSchema(known);
  }

  private DataType accepted(Transformer stage, List<String> open) throws ScoringException {
    for (DataType type : List.of(DataTypes.DoubleType, DataTypes.StringType, VECTOR)) {
      if (accepts(stage, open, type)) {
        return type;
      }
    }
    throw new ScoringException("artifact", "stage " + stage.uid() + " takes no number, no text and no vector as " + String.join(", ", open) + ": no column can feed that");
  }

  private boolean accepts(Transformer stage, List<String> open, DataType type) {
    try {
      stage.transformSchema(with(known, open, type));
      return true;
    } catch (Exception declined) {
      // An engine is called here, from Scala, which throws checked exceptions that it does not declare. All of them say no.
      return false;
    }
  }

  private static StructType with(StructType schema, List<String> names, DataType type) {
    List<StructField> fields = new ArrayList<>(List.of(schema.fields()));
    names.forEach(name -> fields.add(DataTypes.createStructField(name, type, true)));
    return DataTypes.createStructType(fields);
  }

  private static Signature.Input spec(Transformer stage, String name, DataType type, boolean textToo) {
    if (type.equals(VECTOR)) {
      return Signature.Input.tensor(name, "float64", Arrays.asList(width(stage)));
    }
    if (textToo) {
      return new Signature.Input(name, "any", 1, labels(stage, name));
    }
    return new Signature.Input(name, type.equals(DataTypes.StringType) ? "string" : "float64", 1, null);
  }

  /** How long a vector is, where the stage that takes it tells. */
  private static Integer width(Transformer stage) {
    int width = -1;
    if (stage instanceof PredictionModel<?, ?> model) {
      width = model.numFeatures();
    } else if (stage instanceof StandardScalerModel scaler) {
      width = scaler.std().size();
    } else if (stage instanceof MinMaxScalerModel scaler) {
      width = scaler.originalMin().size();
    } else if (stage instanceof KMeansModel clusters) {
      width = clusters.clusterCenters()[0].size();
    }
    return width < 0 ? null : width;
  }

  private static List<String> labels(Transformer stage, String name) {
    if (!(stage instanceof StringIndexerModel indexer)) {
      return null;
    }
    int place = List.copyOf(Stages.names(indexer, "inputCol", "inputCols")).indexOf(name);
    return List.of(indexer.labelsArray()[place]);
  }
}
