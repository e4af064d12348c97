package parity.pfa;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import parity.harness.CellWriter;
import parity.harness.Scores;
import parity.harness.Signature;

/**
 * Moves one value of the answer, or one of its fields, into the scores. An array is as wide as that of the first row scored. Of a map, as
 * which exporters from R write their probabilities, the values stand in the order of its keys, of numbers where all are: it has no own.
 */
final class Output {
  private static final Comparator<String> BY_NUMBER = Comparator.comparingDouble(Double::parseDouble);

  private final CellWriter cells;
  private List<String> keys;

  Output(String name, Typed type) {
    cells = new CellWriter(new Signature.Output(name, type.name(), null, type.width(), null));
  }

  Signature.Output spec() {
    return cells.spec();
  }

  void begin(Scores target) {
    keys = null;
    cells.begin(target);
  }

  void write(int row, Object value) {
    if (value instanceof Map<?, ?> map) {
      write(row, map);
      return;
    }
    if (!(value instanceof List<?> several)) {
      cells.put(row, 0, value);
      return;
    }
    cells.expect(several.size());
    for (int i = 0; i < several.size(); i++) {
      cells.put(row, i, several.get(i));
    }
  }

  private void write(int row, Map<?, ?> given) {
    // Hadrian's map lists its entries; most of its other methods are not there (scala.NotImplementedError).
    Map<String, Object> map = new HashMap<>();
    for (Map.Entry<?, ?> entry : given.entrySet()) {
      map.put(String.valueOf(entry.getKey()), entry.getValue());
    }
    if (keys == null) {
      keys = sorted(map.keySet());
    }
    if (!map.keySet().equals(Set.copyOf(keys))) {
      throw new IllegalStateException("output " + spec().name() + " has the keys " + sorted(map.keySet()) + " in this row, those of the first row are " + keys);
    }
    cells.expect(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      cells.put(row, i, map.get(keys.get(i)));
    }
  }

  private static List<String> sorted(Set<String> keys) {
    boolean numbers = keys.stream().allMatch(key -> key.matches("-?[0-9]+([.][0-9]+)?"));
    return keys.stream().sorted(numbers ? BY_NUMBER : Comparator.naturalOrder()).toList();
  }

  void end() {
    cells.end();
  }
}
