package parity.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BridgeTest {
  private static final String FAKE = "parity.harness.FakeScorer";
  private static final String FAULT = "parity.harness.FaultScorer";

  @TempDir Path folder;

  private Bridge open(String scorer, String[] keys, String[] values) throws Exception {
    Path artifact = Files.writeString(folder.resolve("model.fake"), "x = 2\ny = -0.5\n");
    return Bridge.open(scorer, artifact.toString(), keys, values);
  }

  private Bridge fake() throws Exception {
    return open(FAKE, new String[0], new String[0]);
  }

  @Test
  void aFakeIsScoredThroughTheBlock() throws Exception {
    try (Bridge bridge = fake()) {
      BlockFile file = new BlockFile(folder, 3, 1 << 16).column("y", Type.INT32, 2, 4, 6).column("x", Type.FLOAT64, 1.0, null, 0.25).into(bridge, 4096);
      assertEquals("", bridge.score());
      int at = (int) file.output(0)[2];
      assertEquals(1.0, file.read().getDouble(at));
      assertTrue(Double.isNaN(file.read().getDouble(at + 8)));
      assertEquals(-2.5, file.read().getDouble(at + 16));
      assertTrue(file.slot(Block.NANOSECONDS) > 0);
    }
  }

  @Test
  void aBlockReplacedByALargerOneIsReadFromThere() throws Exception {
    try (Bridge bridge = fake()) {
      new BlockFile(folder, 1, 1 << 14).column("x", Type.FLOAT64, 1.0).column("y", Type.FLOAT64, 0.0).into(bridge, 4096);
      assertEquals("", bridge.score());
      BlockFile larger = new BlockFile(folder, 1, 1 << 18).column("x", Type.FLOAT64, 5.0).column("y", Type.FLOAT64, 0.0).into(bridge, 4096);
      assertEquals("", bridge.score());
      assertEquals(10.0, larger.read().getDouble((int) larger.output(0)[2]));
    }
  }

  @Test
  void refusalsOfABatchComeBackWithKindAndMessage() throws Exception {
    try (Bridge bridge = fake()) {
      BlockFile file = new BlockFile(folder, 1, 1 << 14).column("x", Type.FLOAT64, 1.0).into(bridge, 4096);
      assertEquals("column-absent\tcolumn y was not given", bridge.score());
      assertEquals(Block.SCORED, file.slot(Block.STATE));
      assertEquals(0, file.slot(Block.OUTPUTS));
    }
  }

  @Test
  void whateverAnEngineThrowsIsARefusal() {
    assertEquals("other\tjava.lang.IllegalArgumentException: odd", thrown(1, new IllegalArgumentException("odd")));
    assertEquals("other\tjava.lang.NullPointerException", thrown(1, new NullPointerException()));
    assertEquals("other\tjava.lang.StackOverflowError", thrown(1, new StackOverflowError()));
    assertEquals("out-of-memory\tJava heap space", thrown(1, new OutOfMemoryError("Java heap space")));
    assertEquals("empty-batch\tjava.lang.ArithmeticException: / by zero", thrown(0, new ArithmeticException("/ by zero")));
  }

  private String thrown(int rows, Throwable error) {
    Bridge bridge = TestScorer.bridge((batch, scores) -> BridgeTest.<RuntimeException>raise(error), "d:float64");
    new BlockFile(folder, rows, 1 << 14).column("x", Type.FLOAT64, new Object[rows]).into(bridge, 4096);
    return bridge.score();
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void raise(Throwable error) throws E {
    throw (E) error;
  }

  @Test
  void aRefusalLeavesNothingOfTheBatchBefore() {
    int[] calls = {0};
    Bridge bridge = TestScorer.bridge((batch, scores) -> {
      scores.doubles("d", 1).put(1.0);
      scores.refuse(0, "other", "first");
      if (calls[0]++ > 0) {
        throw new ScoringException("other", "second");
      }
    }, "d:float64");
    BlockFile file = new BlockFile(folder, 1, 1 << 14).column("x", Type.FLOAT64, 1.0).into(bridge, 4096);
    assertEquals("", bridge.score());
    assertEquals(1, file.slot(Block.REFUSED));
    assertEquals("other\tsecond", bridge.score());
    assertEquals(0, file.slot(Block.REFUSED) + file.slot(Block.OUTPUTS));
  }

  @Test
  void columnsAreFoundByNameAndByTheInputTheyFeed() throws IOException {
    Bridge bridge = TestScorer.bridge((batch, scores) -> {
      assertEquals(3, batch.columns());
      assertEquals(List.of("c", "a"), batch.columnsOf("num").stream().map(Column::name).toList());
      assertEquals(List.of(), batch.columnsOf("text"));
      assertEquals("b", batch.column("b").name());
      assertEquals(null, batch.column("z"));
    });
    BlockFile file = new BlockFile(folder, 1, 1 << 14).column("c", Type.INT32, 1).column("b", Type.INT32, 2).column("a", Type.INT32, 3).into(bridge, 64);
    bridge.schema(new String[] {"c", "b", "a"}, new int[] {3, 3, 3}, new String[] {"num", "", "num"}, new int[3][0]);
    bridge.map(file.path.toString(), file.size);
    assertEquals("", bridge.score());
  }

  @Test
  void aSchemaThatDoesNotFitTheBlockIsRefused() {
    Bridge bridge = TestScorer.bridge((batch, scores) -> {});
    new BlockFile(folder, 1, 1 << 14).column("x", Type.FLOAT64, 1.0).into(bridge, 64);
    bridge.schema(new String[] {"x", "y"}, new int[] {2, 2}, new String[] {"", ""}, new int[2][0]);
    assertTrue(bridge.score().contains("the block has 1 columns, but the schema was given for 2"));
    bridge.schema(new String[] {"x"}, new int[] {1}, new String[] {""}, new int[1][0]);
    assertTrue(bridge.score().contains("column x has type code 2 in the block, and 1 in the schema"));
    assertThrows(IllegalArgumentException.class, () -> bridge.schema(new String[] {"x"}, new int[] {9}, new String[] {""}, new int[1][0]));
    assertThrows(IllegalArgumentException.class, () -> bridge.schema(new String[] {"x"}, new int[0], new String[] {""}, new int[1][0]));
    assertThrows(IllegalArgumentException.class, () -> bridge.schema(new String[] {"x"}, new int[] {2}, new String[] {""}, new int[0][0]));
    bridge.schema(new String[] {"x"}, new int[] {2}, new String[] {""}, new int[][] {{3, 2}});
    assertTrue(bridge.score().contains("column x has 1 values a row in the block, and the shape [3, 2]"));
  }

  @Test
  void foreignAndShortFilesAreNotMapped() throws Exception {
    Bridge bridge = TestScorer.bridge((batch, scores) -> {});
    assertThrows(IllegalStateException.class, bridge::score);
    BlockFile foreign = new BlockFile(folder, 0, 1 << 14);
    foreign.set(1, 1);
    foreign.save();
    String message = assertThrows(IllegalArgumentException.class, () -> bridge.map(foreign.path.toString(), 1 << 14)).getMessage();
    assertTrue(message.contains("version 2") && message.contains("different releases"), message);
    assertThrows(IllegalArgumentException.class, () -> bridge.map(foreign.path.toString(), 1 << 15));
    assertEquals(1 << 14, Files.size(foreign.path));
    assertThrows(IllegalArgumentException.class, () -> bridge.map(foreign.path.toString(), 1L << 31));
    assertThrows(IOException.class, () -> bridge.map(folder.resolve("none").toString(), 4096));
  }

  @Test
  void openingFailuresAreTold() {
    ScoringException unknown = assertThrows(ScoringException.class, () -> open("no.such.Scorer", new String[0], new String[0]));
    assertTrue(unknown.getMessage().contains("no.such.Scorer"), unknown.getMessage());
    assertEquals("other", unknown.kind());
    assertThrows(ScoringException.class, () -> open("java.lang.String", new String[0], new String[0]));
    ScoringException absent = assertThrows(ScoringException.class, () -> Bridge.open(FAKE, folder.resolve("none").toString(), new String[0], new String[0]));
    assertEquals("artifact", absent.kind());
  }

  @Test
  void theSignatureAndTheVersionsAreJson() throws Exception {
    try (Bridge bridge = fake()) {
      assertEquals(
          "{\"inputs\":[{\"name\":\"x\",\"type\":\"float64\",\"width\":1,\"categories\":null,\"shape\":null},{\"name\":\"y\",\"type\":\"float64\",\"width\":1,\"categories\":null,\"shape\":null}],"
              + "\"outputs\":[{\"name\":\"value\",\"type\":\"float64\",\"kind\":\"value\",\"width\":1,\"classes\":null}],"
              + "\"facts\":",
          bridge.signature().substring(0, bridge.signature().indexOf("\"facts\":") + 8));
      assertTrue(bridge.versions().contains("\"java.version\":\"" + System.getProperty("java.version") + "\""));
      assertTrue(bridge.versions().contains("\"engine\":\"fake\""));
    }
  }

  @Test
  void faultsHappenWhereTheFirstColumnHoldsTheirNumber() throws Exception {
    try (Bridge bridge = open(FAULT, new String[] {"refuse-row", "refuse"}, new String[] {"7", "8"})) {
      BlockFile file = new BlockFile(folder, 2, 1 << 14).column("x", Type.FLOAT64, 1.0, 7.0).column("y", Type.FLOAT64, 0.0, 0.0).into(bridge, 4096);
      assertEquals("", bridge.score());
      assertEquals("1\tinvalid-value\trefused on purpose\n", file.refusals());
      new BlockFile(folder, 1, 1 << 14).column("x", Type.FLOAT64, 8.0).column("y", Type.FLOAT64, 0.0).into(bridge, 4096);
      assertEquals("invalid-value\trefused on purpose because of one row", bridge.score());
    }
  }

  @Test
  void timingCountsAndStaysInsideItsLimits() throws Exception {
    try (Bridge bridge = fake()) {
      BlockFile file = new BlockFile(folder, 4, 1 << 14).column("x", Type.FLOAT64, 1.0, 2.0, 3.0, 4.0).column("y", Type.FLOAT64, 0.0, 0.0, 0.0, 0.0).into(bridge, 4096);
      long[] times = bridge.time(2, 1_000, 200_000_000L, 25, 1_000_000_000L);
      assertEquals(27, times.length);
      assertTrue(times[0] > 0, "warm-up calls " + times[0]);
      for (int i = 2; i < times.length; i++) {
        assertTrue(times[i] > 0);
      }
      assertEquals(Block.SCORED, file.slot(Block.STATE));
      assertThrows(IllegalArgumentException.class, () -> bridge.time(5, 1, 1, 1, 1));
      assertThrows(IllegalArgumentException.class, () -> bridge.time(0, 1, 1, 1, 1));
      BlockFile small = new BlockFile(folder, 1, 1 << 14).column("x", Type.FLOAT64, 1.0).column("y", Type.FLOAT64, 0.0).into(bridge, 4);
      assertEquals(0, bridge.time(1, 1, 1, 1, 1).length);
      assertTrue(small.slot(Block.BYTES_NEEDED) >= 8);
    }
  }

  @Test
  void timingStopsAtARefusal() throws Exception {
    try (Bridge bridge = open(FAULT, new String[] {"refuse"}, new String[] {"1"})) {
      new BlockFile(folder, 1, 1 << 14).column("x", Type.FLOAT64, 1.0).column("y", Type.FLOAT64, 0.0).into(bridge, 4096);
      assertEquals("invalid-value", assertThrows(ScoringException.class, () -> bridge.time(1, 1, 1, 1, 1)).kind());
    }
  }

  @Test
  void closingClosesTheScorer() throws Exception {
    boolean[] closed = {false};
    Scorer scorer = new Scorer() {
      @Override
      public Signature signature() {
        return new Signature(List.of(), List.of(), Map.of());
      }

      @Override
      public void score(Batch batch, Scores scores) {}

      @Override
      public void close() {
        closed[0] = true;
      }
    };
    new Bridge(scorer).close();
    assertTrue(closed[0]);
  }
}
