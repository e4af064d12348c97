package parity.pfa;

import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import parity.harness.ScoringException;

/** An Avro type in the words of a signature. {@code width} is null for an array or a map, {@code symbols} are those of an enum, else null. */
record Typed(Schema schema, String name, Integer width, boolean nullable, List<String> symbols) {
  private static final Map<Schema.Type, String> NAMES =
      Map.of(
          Schema.Type.DOUBLE, "float64",
          Schema.Type.FLOAT, "float32",
          Schema.Type.INT, "int32",
          Schema.Type.LONG, "int64",
          Schema.Type.BOOLEAN, "bool",
          Schema.Type.STRING, "string",
          Schema.Type.ENUM, "string");

  /** That of an input: columns fill no map. */
  static Typed fed(String field, Schema type) throws ScoringException {
    Typed found = of(field, type);
    if (found.schema().getType() == Schema.Type.MAP) {
      throw new ScoringException("artifact", field + " is " + type + "; scored are numbers, booleans, text, enums, arrays of them, and unions of one with null");
    }
    return found;
  }

  static Typed of(String field, Schema type) throws ScoringException {
    List<Schema> parts = type.getType() == Schema.Type.UNION ? type.getTypes() : List.of(type);
    List<Schema> values = parts.stream().filter(part -> part.getType() != Schema.Type.NULL).toList();
    if (values.size() != 1) {
      throw unknown(field, type);
    }
    Schema value = values.get(0);
    Schema item = switch (value.getType()) {
      case ARRAY -> value.getElementType();
      case MAP -> value.getValueType();
      default -> value;
    };
    String name = NAMES.get(item.getType());
    if (name == null) {
      throw unknown(field, type);
    }
    List<String> symbols = value.getType() == Schema.Type.ENUM ? value.getEnumSymbols() : null;
    return new Typed(value, name, item == value ? 1 : null, values.size() < parts.size(), symbols);
  }

  private static ScoringException unknown(String field, Schema type) {
    return new ScoringException("artifact", field + " is " + type + "; scored are numbers, booleans, text, enums, arrays and maps of them, and unions of one with null");
  }
}
