package parity.onnxruntime;

import ai.onnxruntime.OnnxJavaType;

/** Element types in the words of a signature. */
final class Types {
  private Types() {}

  /** The signature's name of an element type that columns can feed or scores can hold; null for any other. */
  static String type(OnnxJavaType type) {
    return switch (type) {
      case FLOAT -> "float32";
      case DOUBLE -> "float64";
      case INT64 -> "int64";
      case INT32, INT16, INT8, UINT8 -> "int32";
      case BOOL -> "bool";
      case STRING -> "string";
      default -> null;
    };
  }

  /** As {@link #type}, and half floats, which the engine's own getter widens to float. */
  static String outputType(OnnxJavaType type) {
    return type == OnnxJavaType.FLOAT16 || type == OnnxJavaType.BFLOAT16 ? "float32" : type(type);
  }
}
