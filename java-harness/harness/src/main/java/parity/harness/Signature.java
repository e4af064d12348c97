package parity.harness;

import java.util.List;
import java.util.Map;

/** Inputs and outputs as the artifact declares them, and facts worth printing ("engine" and "engine.version" among them). */
public record Signature(List<Input> inputs, List<Output> outputs, Map<String, String> facts) {

  /**
   * One input. {@code width} counts columns, null where the artifact takes any number; {@code categories} may be null. {@code shape} is
   * that of one row where the input takes tensors (null in it: any length), null where the engine takes single values only.
   */
  public record Input(String name, String type, Integer width, List<String> categories, List<Integer> shape) {
    /** An input of single values. */
    public Input(String name, String type, Integer width, List<String> categories) {
      this(name, type, width, categories, null);
    }

    /** An input of tensors; columns of single values may feed it too, as many as a row has values. */
    public static Input tensor(String name, String type, List<Integer> shape) {
      Integer width = shape.contains(null) ? null : shape.stream().reduce(1, Math::multiplyExact);
      return new Input(name, type, width, null, shape);
    }

    Map<String, Object> fields() {
      return Json.fields("name", name, "type", type, "width", width, "categories", categories, "shape", shape);
    }
  }

  /** One output. {@code kind}, {@code width} and {@code classes} are null where the artifact does not declare them. */
  public record Output(String name, String type, String kind, Integer width, List<?> classes) {
    /**
     * Values per row of a tensor whose first dimension is the batch: 1 for [N], k for [N, k], the product for more dimensions;
     * null where one is not declared.
     */
    public static Integer widthOf(long[] shape) {
      long width = 1;
      for (int i = 1; i < shape.length; i++) {
        if (shape[i] < 0) {
          return null;
        }
        width *= shape[i];
      }
      return Math.toIntExact(width);
    }

    Map<String, Object> fields() {
      return Json.fields("name", name, "type", type, "kind", kind, "width", width, "classes", classes);
    }
  }

  String json() {
    return Json.text(
        Json.fields(
            "inputs", inputs.stream().map(Input::fields).toList(),
            "outputs", outputs.stream().map(Output::fields).toList(),
            "facts", facts));
  }
}
