package parity.harness;

/** The types that cross between Python and Java as they are, with the code that stands in the block and the bytes of one value. */
public enum Type {
  FLOAT32(1, 4, "float32"),
  FLOAT64(2, 8, "float64"),
  INT32(3, 4, "int32"),
  INT64(4, 8, "int64"),
  BOOL(5, 1, "bool"),
  STRING(6, 0, "string");

  private static final Type[] BY_CODE = values();

  final int code;
  final int bytes;
  private final String text;

  Type(int code, int bytes, String text) {
    this.code = code;
    this.bytes = bytes;
    this.text = text;
  }

  /** The name that signatures carry: "float32", "string" … */
  public String text() {
    return text;
  }

  static Type of(int code) {
    if (code < 1 || code > BY_CODE.length) {
      throw new IllegalArgumentException("type code " + code + " is not one of 1 to " + BY_CODE.length);
    }
    return BY_CODE[code - 1];
  }
}
