package parity.harness;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoresTest {
  private static final int ROWS = 3;

  @TempDir Path folder;

  private BlockFile block(Bridge bridge, int capacity) {
    return new BlockFile(folder, ROWS, 1 << 16).column("x", Type.FLOAT64, 1.0, 2.0, 3.0).into(bridge, capacity);
  }

  @Test
  void everyTypeLandsInTheBlockInTheOrderOfTheSignature() {
    Bridge bridge = TestScorer.bridge((batch, scores) -> {
      scores.strings("s", 1, new String[] {"", "Łódź", "𝒳"});
      scores.floats("f", 2).put(new float[] {1, 2, 3, 4, 5, Float.intBitsToFloat(0x7fc00001)});
      scores.doubles("d", 1).put(new double[] {-0.0, Double.MIN_VALUE, Double.longBitsToDouble(0x7ff8000000000001L)});
      scores.ints("i", 1).put(new int[] {1, -2, 3});
      scores.longs("l", 1).put(new long[] {(1L << 53) + 1, Long.MIN_VALUE, 0});
      scores.bools("b", 1).put(new byte[] {1, 0, 1});
    }, "f:float32", "d:float64", "i:int32", "l:int64", "b:bool", "s:string");
    BlockFile file = block(bridge, 4096);
    assertEquals("", bridge.score());
    assertEquals(Block.SCORED, file.slot(Block.STATE));
    assertEquals(6, file.slot(Block.OUTPUTS));
    assertEquals(0, file.slot(Block.BYTES_NEEDED));
    ByteBuffer bytes = file.read();
    assertArrayEquals(new long[] {Type.FLOAT32.code, 2, file.output(0)[2], 24, -1, -1}, file.output(0));
    assertEquals(0x7fc00001, bytes.getInt((int) file.output(0)[2] + 20));
    assertEquals(0x8000000000000000L, bytes.getLong((int) file.output(1)[2]));
    assertEquals(0x7ff8000000000001L, bytes.getLong((int) file.output(1)[2] + 16));
    assertEquals(-2, bytes.getInt((int) file.output(2)[2] + 4));
    assertEquals((1L << 53) + 1, bytes.getLong((int) file.output(3)[2]));
    assertEquals(1, bytes.get((int) file.output(4)[2] + 2));
    assertEquals("Łódź𝒳", text(file, 5));
    for (int output = 0; output < 6; output++) {
      assertEquals(0, file.output(output)[2] % 8, "values of output " + output + " are aligned");
    }
  }

  private static String text(BlockFile file, int output) {
    long[] entry = file.output(output);
    byte[] text = new byte[(int) entry[3]];
    file.read().get((int) entry[2], text);
    assertEquals(text.length, file.read().getInt((int) entry[5] + ROWS * Integer.BYTES));
    return new String(text, java.nio.charset.StandardCharsets.UTF_8);
  }

  @Test
  void aMissingTextAndAMaskAreMarked() {
    Bridge bridge = TestScorer.bridge((batch, scores) -> {
      scores.strings("s", 1, new String[] {null, "", "x"});
      scores.doubles("d", 1);
      scores.missing("d").put(2, (byte) 1);
    }, "s:string", "d:float64");
    BlockFile file = block(bridge, 4096);
    assertEquals("", bridge.score());
    byte[] masks = new byte[ROWS];
    file.read().get((int) file.output(0)[4], masks);
    assertArrayEquals(new byte[] {1, 0, 0}, masks);
    file.read().get((int) file.output(1)[4], masks);
    assertArrayEquals(new byte[] {0, 0, 1}, masks);
  }

  @Test
  void refusalsAreEscapedAndTheFirstOfARowCounts() {
    Bridge bridge = TestScorer.bridge((batch, scores) -> {
      scores.doubles("d", 1);
      scores.refuse(2, "other", "a\tb\\n\nc");
      scores.refuse(0, "missing", null);
      scores.refuse(2, "type", "again");
    }, "d:float64");
    BlockFile file = block(bridge, 4096);
    assertEquals("", bridge.score());
    assertEquals(2, file.slot(Block.REFUSED));
    assertEquals("2\tother\ta\\tb\\\\n\\nc\n0\tmissing\t\n", file.refusals());
  }

  @Test
  void aRegionTooSmallSaysWhatItNeedsAndThatIsEnough() {
    Bridge bridge = TestScorer.bridge((batch, scores) -> {
      scores.doubles("d", 3).put(new double[9]);
      scores.strings("s", 1, new String[] {"one", null, "three"});
      scores.refuse(1, "other", "because");
    }, "d:float64", "s:string");
    BlockFile small = block(bridge, 40);
    assertEquals("", bridge.score());
    long needed = small.slot(Block.BYTES_NEEDED);
    assertTrue(needed > 9 * Double.BYTES, "needed " + needed);
    assertEquals(0, small.slot(Block.OUTPUTS));
    BlockFile enough = block(bridge, (int) needed);
    assertEquals("", bridge.score());
    assertEquals(0, enough.slot(Block.BYTES_NEEDED));
    assertEquals("1\tother\tbecause\n", enough.refusals());
    BlockFile short1 = block(bridge, (int) needed - 1);
    assertEquals("", bridge.score());
    assertEquals(needed, short1.slot(Block.BYTES_NEEDED));
  }

  @Test
  void nothingOutsideTheRegionIsTouched() {
    Bridge bridge = TestScorer.bridge((batch, scores) -> scores.doubles("d", 1).put(new double[] {7, 7, 7}), "d:float64");
    BlockFile file = block(bridge, 8);
    ByteBuffer before = file.read();
    assertEquals("", bridge.score());
    ByteBuffer after = file.read();
    int from = Block.OUTPUT_TABLE_CAPACITY * Long.BYTES;
    assertEquals(before.position(from), after.position(from));
  }

  @Test
  void aScorerThatBreaksTheContractIsToldSo() {
    assertTrue(refused((batch, scores) -> {}).startsWith("other\tthe scorer wrote nothing for output d"));
    assertTrue(refused((batch, scores) -> scores.doubles("e", 1)).contains("output e is not in the signature"));
    assertTrue(refused((batch, scores) -> scores.missing("d")).contains("mask before it has values"));
    assertTrue(refused((batch, scores) -> scores.strings("d", 1, new String[1])).contains("1 texts for 3 rows"));
    assertTrue(refused((batch, scores) -> {
      scores.doubles("d", 1);
      scores.floats("d", 1);
    }).contains("written twice"));
  }

  private String refused(TestScorer.Body body) {
    Bridge bridge = TestScorer.bridge(body, "d:float64");
    block(bridge, 4096);
    return bridge.score();
  }
}
