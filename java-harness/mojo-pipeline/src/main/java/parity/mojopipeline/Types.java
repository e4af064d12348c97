package parity.mojopipeline;

import ai.h2o.mojos.runtime.frame.MojoColumn;

/** The engine's types in the words of a signature. */
final class Types {
  private Types() {}

  static String name(MojoColumn.Type type) {
    return switch (type) {
      case Bool -> "bool";
      case Int32 -> "int32";
      case Int64 -> "int64";
      case Float32 -> "float32";
      case Float64 -> "float64";
      // Times cross as text, which the engine reads and writes.
      case Str, Time64 -> "string";
    };
  }
}
