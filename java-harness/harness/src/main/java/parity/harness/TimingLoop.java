package parity.harness;

import java.util.Arrays;

/** Times one call again and again, after warming up until the times have settled. */
final class TimingLoop {
  /** One call of the thing that is timed; nanoseconds of its own, so that preparation between calls stays outside. */
  interface Call {
    long nanoseconds() throws ScoringException;
  }

  // Warm-up is steady when the medians of this many windows in a row lie within this share of each other: JPMML keeps
  // being recompiled for several rounds, and two equal windows happen by chance between two compilations.
  private static final int WINDOWS = 3;
  private static final double SPREAD = 0.10;
  private static final int WINDOW_CALLS = 50;
  // A window also ends after this time, so that calls of a second each still give several windows.
  private static final long WINDOW_NS = 100_000_000L;

  private final Call call;
  private final double[] medians = new double[WINDOWS];
  private long calls;

  TimingLoop(Call call) {
    this.call = call;
  }

  /** Returns warm-up calls, 1 where they settled (else 0), then the nanoseconds of every measured call. */
  long[] run(long warmupCalls, long maxWarmupNs, int samples, long maxMeasureNs) throws ScoringException {
    boolean steady = warmUp(warmupCalls, maxWarmupNs);
    long[] times = new long[samples + 2];
    times[0] = calls;
    times[1] = steady ? 1 : 0;
    long start = System.nanoTime();
    int filled = 2;
    while (filled < times.length && (filled == 2 || System.nanoTime() - start < maxMeasureNs)) {
      times[filled++] = call.nanoseconds();
    }
    return Arrays.copyOf(times, filled);
  }

  private boolean warmUp(long wantedCalls, long maxNs) throws ScoringException {
    long start = System.nanoTime();
    for (int window = 0; ; window++) {
      medians[window % WINDOWS] = windowMedian();
      boolean steady = window + 1 >= WINDOWS && settled();
      if (calls >= wantedCalls && steady) {
        return true;
      }
      if (System.nanoTime() - start >= maxNs) {
        return steady;
      }
    }
  }

  private double windowMedian() throws ScoringException {
    long[] times = new long[WINDOW_CALLS];
    long start = System.nanoTime();
    int filled = 0;
    while (filled < WINDOW_CALLS && (filled == 0 || System.nanoTime() - start < WINDOW_NS)) {
      times[filled++] = call.nanoseconds();
    }
    calls += filled;
    Arrays.sort(times, 0, filled);
    return times[filled / 2];
  }

  private boolean settled() {
    double least = Arrays.stream(medians).min().orElseThrow();
    double most = Arrays.stream(medians).max().orElseThrow();
    return most - least <= SPREAD * most;
  }
}
