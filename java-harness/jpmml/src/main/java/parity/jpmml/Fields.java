package parity.jpmml;

import java.util.List;
import org.dmg.pmml.DataType;
import org.dmg.pmml.OpType;
import org.jpmml.evaluator.InputField;
import parity.harness.Signature;

/** PMML's fields in the words of a signature. */
final class Fields {
  private Fields() {}

  static Signature.Input input(InputField field) {
    return new Signature.Input(field.getName(), inputType(field.getDataType()), 1, categories(field));
  }

  static boolean isDiscrete(InputField field) {
    return field.getOpType() == OpType.CATEGORICAL || field.getOpType() == OpType.ORDINAL;
  }

  private static List<String> categories(InputField field) {
    if (!isDiscrete(field)) {
      return null;
    }
    List<?> domain = field.getDiscreteDomain();
    return domain == null || domain.isEmpty() ? null : domain.stream().map(Object::toString).toList();
  }

  private static String inputType(DataType type) {
    return switch (type) {
      case STRING, DOUBLE, FLOAT, INTEGER, BOOLEAN -> type(type);
      default -> "any";
    };
  }

  /** The type in which scores of a PMML data type are written; dates and times as their text. */
  static String type(DataType type) {
    return switch (type) {
      case DOUBLE -> "float64";
      case FLOAT -> "float32";
      case INTEGER -> "int64";
      case BOOLEAN -> "bool";
      default -> "string";
    };
  }
}
