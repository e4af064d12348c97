package parity.mleap;

import java.util.Map;
import ml.combust.mleap.core.types.DataType;
import ml.combust.mleap.core.types.ScalarType;
import ml.combust.mleap.core.types.StructField;
import ml.combust.mleap.core.types.TensorType;
import parity.harness.ScoringException;
import scala.collection.Seq;

/** MLeap's types in the words of a signature. */
final class Types {
  private static final Map<String, String> NAMES =
      Map.of("boolean", "bool", "int", "int32", "long", "int64", "float", "float32", "double", "float64", "string", "string");

  private Types() {}

  /** The type of one value; null for what does not cross to Python (bytes, shorts). */
  static String name(DataType type) {
    return NAMES.get(type.base().toString());
  }

  /** 1 for a scalar; the length of a vector, null where the bundle does not say it. */
  static Integer width(StructField field) throws ScoringException {
    if (field.dataType() instanceof ScalarType && name(field.dataType()) != null) {
      return 1;
    }
    if (field.dataType() instanceof TensorType tensor && name(tensor) != null) {
      return width(field, tensor);
    }
    throw unknown(field);
  }

  private static Integer width(StructField field, TensorType tensor) throws ScoringException {
    if (tensor.dimensions().isEmpty()) {
      return null;
    }
    Seq<Object> dimensions = tensor.dimensions().get();
    if (dimensions.size() != 1) {
      throw unknown(field);
    }
    int length = (Integer) dimensions.apply(0);
    return length < 0 ? null : length;
  }

  private static ScoringException unknown(StructField field) {
    return new ScoringException("artifact", field.name() + " is " + field.dataType() + "; scored are scalars and vectors of numbers, booleans and text");
  }
}
