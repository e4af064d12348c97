package parity.harness;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What stays the same from batch to batch: names, types and shapes of the columns, and which input of the artifact each one feeds. */
final class Layout {
  final String[] names;
  final Type[] types;
  final int[][] shapes;
  private final Map<String, Integer> byName = new HashMap<>();
  private final Map<String, List<Integer>> byInput = new HashMap<>();

  Layout(String[] names, int[] typeCodes, String[] inputs, int[][] shapes) {
    if (names.length != typeCodes.length || names.length != inputs.length || names.length != shapes.length) {
      throw new IllegalArgumentException(
          names.length + " names, " + typeCodes.length + " types, " + inputs.length + " inputs and " + shapes.length
              + " shapes: wanted one of each per column");
    }
    this.names = names.clone();
    this.types = new Type[names.length];
    this.shapes = shapes.clone();
    for (int i = 0; i < names.length; i++) {
      types[i] = Type.of(typeCodes[i]);
      byName.put(names[i], i);
      byInput.computeIfAbsent(inputs[i], name -> new ArrayList<>()).add(i);
    }
  }

  Integer index(String name) {
    return byName.get(name);
  }

  List<Integer> indices(String input) {
    return byInput.getOrDefault(input, List.of());
  }
}
