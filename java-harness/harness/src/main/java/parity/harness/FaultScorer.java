package parity.harness;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A {@link FakeScorer} that fails as engines do, for tests of what becomes of it. Each option is a number; the fault happens
 * where the first column holds it: {@code crash} (a native crash), {@code halt} (the process ends without a word), {@code hang},
 * {@code oom}, {@code refuse} (the batch), {@code refuse-row}, {@code print} (a line on standard output).
 */
public final class FaultScorer implements Scorer {
  private final FakeScorer fake;
  private final Map<String, Double> faults = new LinkedHashMap<>();

  public FaultScorer(Path artifact, Map<String, String> options) throws IOException {
    fake = new FakeScorer(artifact, Map.of());
    options.forEach((fault, value) -> faults.put(fault, Double.valueOf(value)));
  }

  @Override
  public Signature signature() {
    return fake.signature();
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    fake.score(batch, scores);
    Column first = batch.column(0);
    for (Map.Entry<String, Double> fault : faults.entrySet()) {
      for (int row = 0; row < batch.rows(); row++) {
        if (!first.isNull(row) && first.getDouble(row) == fault.getValue()) {
          happen(fault.getKey(), row, scores);
        }
      }
    }
  }

  private static void happen(String fault, int row, Scores scores) throws ScoringException {
    switch (fault) {
      case "crash" -> crash();
      case "halt" -> Runtime.getRuntime().halt(12);
      case "hang" -> hang();
      case "oom" -> exhaust();
      case "refuse" -> throw new ScoringException("invalid-value", "refused on purpose because of one row");
      case "refuse-row" -> scores.refuse(row, "invalid-value", "refused on purpose");
      case "print" -> System.out.println("printed on purpose");
      default -> throw new ScoringException("other", "no such fault: " + fault);
    }
  }

  // Writing to address 0 is a real SIGSEGV. By name, because javac warns of Unsafe and has no public twin for it in Java 17.
  private static void crash() {
    try {
      Class<?> unsafe = Class.forName("sun.misc.Unsafe");
      Field only = unsafe.getDeclaredField("theUnsafe");
      only.setAccessible(true);
      unsafe.getMethod("putAddress", long.class, long.class).invoke(only.get(null), 0L, 0L);
    } catch (ReflectiveOperationException failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static void hang() {
    while (true) {
      try {
        Thread.sleep(60_000);
      } catch (InterruptedException ignored) {
        // A hang that could be interrupted would not be one.
      }
    }
  }

  private static void exhaust() {
    List<long[]> hoard = new ArrayList<>();
    while (true) {
      hoard.add(new long[1 << 24]);
    }
  }
}
