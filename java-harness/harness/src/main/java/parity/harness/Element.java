package parity.harness;

/** What the tensors of engines consist of, with the bytes of one value and the name that signatures give the type that feeds it. */
public enum Element {
  FLOAT32(4, "float32"),
  FLOAT64(8, "float64"),
  INT64(8, "int64"),
  INT32(4, "int32"),
  INT16(2, "int32"),
  INT8(1, "int32"),
  UINT8(1, "int32"),
  BOOL(1, "bool"),
  STRING(0, "string");

  final int bytes;
  private final String text;

  Element(int bytes, String text) {
    this.bytes = bytes;
    this.text = text;
  }

  public int bytes() {
    return bytes;
  }

  /** "float32", "string" …: narrower integers are fed by int32 columns. */
  public String text() {
    return text;
  }

  /** Are the bytes of a column of that type those of this element? */
  boolean is(Type type) {
    return text.equals(type.text()) && bytes == type.bytes && type != Type.BOOL && type != Type.STRING;
  }
}
