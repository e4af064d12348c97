package parity.harness;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class TimingLoopTest {
  private static final long LONG = 60_000_000_000L;

  @Test
  void warmsUpUntilTheTimesSettle() throws ScoringException {
    long[] calls = {0};
    // Halves every 50 calls until it stays at 1000 ns, as a method does that is compiled in rounds.
    long[] times = new TimingLoop(() -> Math.max(1_000, 64_000 >> (calls[0]++ / 50))).run(1, LONG, 10, LONG);
    assertTrue(times[0] >= 400 && times[0] <= 2_000, "warm-up calls " + times[0]);
    assertEquals(1, times[1]);
    assertArrayEquals(LongStream.generate(() -> 1_000).limit(10).toArray(), LongStream.of(times).skip(2).toArray());
  }

  @Test
  void neverSettlingIsSaidSo() throws ScoringException {
    long[] calls = {0};
    long[] times = new TimingLoop(() -> 1_000 << (calls[0]++ / 50 % 5)).run(1, 20_000_000L, 5, LONG);
    assertEquals(0, times[1]);
    assertEquals(7, times.length);
  }

  @Test
  void warmsUpForTheCallsThatWereAskedFor() throws ScoringException {
    assertTrue(new TimingLoop(() -> 10).run(1_234, LONG, 1, LONG)[0] >= 1_234);
  }

  @Test
  void measuresAtLeastOneCallAndNoLongerThanAllowed() throws ScoringException {
    assertEquals(3, new TimingLoop(() -> 10).run(1, 0, 1_000, 0).length);
  }
}
