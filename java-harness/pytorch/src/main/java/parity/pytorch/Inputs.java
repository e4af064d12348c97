package parity.pytorch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import parity.harness.Element;
import parity.harness.ScoringException;

/**
 * The inputs of a module: as the option {@code inputs} declares them ({@code x:float32:8;image:float32:3,6,5;id:int64:}), else as those of
 * the example that it was traced with ({@code float32:8;int64:}), else, for a module of one tensor, a matrix whose width is one of the
 * sizes of the module's parameters: the first that the module takes.
 */
final class Inputs {
  /** Runs forward on trial rows of these inputs; throws where the module does not take them. */
  interface Trial {
    void run(List<InputTensor> inputs) throws ScoringException;
  }

  private static final String SAY = "TorchScript holds neither sizes nor element types; declare them, for a row: options = { inputs = { ";

  private Inputs() {}

  static List<InputTensor> of(List<Forward.Argument> arguments, Map<String, String> options, List<NDArray> parameters, Trial trial) throws ScoringException {
    Map<String, InputTensor> known = declared(options.getOrDefault("inputs", traced(arguments, options.getOrDefault("traced", ""))));
    List<Forward.Argument> wanted = wanted(arguments, known);
    if (known.isEmpty() && wanted.size() == 1) {
      return List.of(found(wanted.get(0).name(), parameters, trial));
    }
    List<String> absent = wanted.stream().map(Forward.Argument::name).filter(name -> !known.containsKey(name)).toList();
    if (!absent.isEmpty()) {
      throw new ScoringException("artifact", "the inputs " + String.join(", ", absent) + " are not known: " + example(wanted));
    }
    List<String> names = arguments.stream().map(Forward.Argument::name).toList();
    List<String> strange = known.keySet().stream().filter(name -> !names.contains(name)).toList();
    if (!strange.isEmpty()) {
      throw new ScoringException("artifact", "the option inputs names " + String.join(", ", strange) + ", but forward takes " + String.join(", ", names));
    }
    List<InputTensor> inputs = wanted.stream().map(argument -> known.get(argument.name())).toList();
    try {
      trial.run(inputs);
    } catch (ScoringException refusal) {
      throw new ScoringException("artifact", "a row of the declared inputs is refused: " + refusal.getMessage());
    }
    return inputs;
  }

  /** The example's tensors under the arguments' names; nothing where they are not as many. */
  private static String traced(List<Forward.Argument> arguments, String text) {
    String[] rows = text.isEmpty() ? new String[0] : text.split(";");
    if (rows.length != arguments.size()) {
      return "";
    }
    return IntStream.range(0, rows.length).mapToObj(i -> arguments.get(i).name() + ":" + rows[i]).collect(Collectors.joining(";"));
  }

  /** The arguments to fill, in order; those at the end that have a default and are not declared are left to it. */
  private static List<Forward.Argument> wanted(List<Forward.Argument> arguments, Map<String, InputTensor> known) throws ScoringException {
    int last = arguments.size();
    while (last > 0 && arguments.get(last - 1).optional() && !known.containsKey(arguments.get(last - 1).name())) {
      last--;
    }
    List<Forward.Argument> wanted = arguments.subList(0, last);
    for (Forward.Argument argument : wanted) {
      if (!argument.isTensor()) {
        throw new ScoringException("artifact", "forward takes " + argument.name() + ": " + argument.type() + ", which rows cannot fill; script a module whose forward takes tensors");
      }
    }
    if (wanted.isEmpty()) {
      throw new ScoringException("artifact", "forward takes no tensor that rows could fill");
    }
    return wanted;
  }

  private static Map<String, InputTensor> declared(String text) {
    Map<String, InputTensor> found = new LinkedHashMap<>();
    for (String part : text.isEmpty() ? new String[0] : text.split(";")) {
      String[] fields = part.split(":", 3);
      long[] row = fields[2].isEmpty() ? new long[0] : Arrays.stream(fields[2].split(",")).mapToLong(Long::parseLong).toArray();
      found.put(fields[0], new InputTensor(fields[0], Element.valueOf(fields[1].toUpperCase(Locale.ROOT)), batch(row)));
    }
    return found;
  }

  private static long[] batch(long... row) {
    long[] shape = new long[row.length + 1];
    shape[0] = -1;
    System.arraycopy(row, 0, shape, 1, row.length);
    return shape;
  }

  /** A matrix of any width where the module takes two; else of the one that it takes. */
  private static InputTensor found(String name, List<NDArray> parameters, Trial trial) throws ScoringException {
    Element element = parameters.stream().anyMatch(array -> array.getDataType() == DataType.FLOAT64) ? Element.FLOAT64 : Element.FLOAT32;
    List<String> tried = new ArrayList<>();
    String said = "";
    for (long width : widths(parameters)) {
      said = refusal(name, element, width, trial);
      if (said == null) {
        return new InputTensor(name, element, batch(refusal(name, element, width + 1, trial) == null ? -1 : width));
      }
      tried.add(Long.toString(width));
    }
    throw new ScoringException(
        "artifact",
        "the shape of the input " + name + " is not known, and rows of " + String.join(", ", tried) + " numbers, its parameters' sizes, are refused (" + said + "): "
            + SAY + name + " = \"float32[3, 224, 224]\" } }");
  }

  private static String refusal(String name, Element element, long width, Trial trial) {
    try {
      trial.run(List.of(new InputTensor(name, element, batch(width))));
      return null;
    } catch (ScoringException refused) {
      return refused.getMessage();
    }
  }

  /** Columns of matrices first, in the order of the parameters: a first layer's weights are (units, inputs). Then lengths of vectors. */
  private static Set<Long> widths(List<NDArray> parameters) {
    Set<Long> found = new LinkedHashSet<>();
    parameters.stream().map(array -> array.getShape().getShape()).filter(shape -> shape.length == 2).forEach(shape -> found.add(shape[1]));
    parameters.stream().map(array -> array.getShape().getShape()).filter(shape -> shape.length == 1).forEach(shape -> found.add(shape[0]));
    if (found.isEmpty()) {
      found.add(2L);
    }
    return found;
  }

  private static String example(List<Forward.Argument> wanted) {
    return SAY + wanted.stream().map(argument -> argument.name() + " = \"float32[8]\"").collect(Collectors.joining(", ")) + " } }";
  }
}
