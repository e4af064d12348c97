package parity.harness;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CellWriterTest {
  private static final int ROWS = 3;

  @TempDir Path folder;

  private interface Rows {
    void write(CellWriter cells, Scores scores);
  }

  /** What a batch of three rows leaves in the block. */
  private BlockFile written(String type, Integer width, Rows rows) {
    CellWriter cells = new CellWriter(new Signature.Output("o", type, null, width, null));
    Bridge bridge = TestScorer.bridge((batch, scores) -> {
      cells.begin(scores);
      rows.write(cells, scores);
      cells.end();
    }, "o:" + type);
    BlockFile file = new BlockFile(folder, ROWS, 1 << 16).column("x", Type.FLOAT64, 1.0, 2.0, 3.0).into(bridge, 4096);
    assertEquals("", bridge.score());
    return file;
  }

  private static byte[] mask(BlockFile file) {
    byte[] mask = new byte[ROWS];
    file.read().get((int) file.output(0)[4], mask);
    return mask;
  }

  @Test
  void numbersOfAnotherClassAreConvertedAndANullIsMissing() {
    BlockFile file = written("float64", 1, (cells, scores) -> {
      cells.put(0, 0, 7);
      cells.put(1, 0, null);
      cells.put(2, 0, 0.5f);
    });
    ByteBuffer bytes = file.read();
    int at = (int) file.output(0)[2];
    assertEquals(7.0, bytes.getDouble(at));
    assertEquals(0.5, bytes.getDouble(at + 16));
    assertArrayEquals(new byte[] {0, 1, 0}, mask(file));
  }

  @Test
  void theFirstRowTellsAWidthThatIsNotDeclaredAndOthersHaveToKeepIt() {
    BlockFile file = written("float64", null, (cells, scores) -> {
      cells.put(0, new double[] {1, 2});
      cells.expect(2);
      cells.put(1, 1, 4.0);
      cells.put(1, 0, 3L);
      assertThrows(IllegalStateException.class, () -> cells.expect(3));
      cells.put(2, new double[] {5, 6});
    });
    assertEquals(2, file.output(0)[1]);
    ByteBuffer bytes = file.read();
    for (int i = 0; i < 6; i++) {
      assertEquals(i + 1.0, bytes.getDouble((int) file.output(0)[2] + 8 * i));
    }
  }

  @Test
  void anOutputOfWhichNoRowToldTheWidthHasNone() {
    BlockFile file = written("int64", null, (cells, scores) -> {
      for (int row = 0; row < ROWS; row++) {
        scores.refuse(row, "other", "no");
      }
    });
    assertEquals(0, file.output(0)[1]);
  }

  @Test
  void aRefusedRowOfTextIsNotMissing() {
    BlockFile file = written("string", 1, (cells, scores) -> {
      cells.put(0, 0, "a");
      scores.refuse(1, "other", "no");
      cells.put(2, 0, null);
    });
    assertArrayEquals(new byte[] {0, 0, 1}, mask(file));
  }

  @Test
  void aValueThatIsNoNumberIsNotWritten() {
    written("int32", 1, (cells, scores) -> {
      assertThrows(ClassCastException.class, () -> cells.put(0, 0, "7"));
      assertThrows(ClassCastException.class, () -> cells.put(0, 0, 7L));
      cells.put(0, 0, 7);
      cells.put(1, 0, 8);
      cells.put(2, 0, 9);
    });
  }

  @Test
  void versionsAreReadOrUnknown() {
    assertEquals("unknown", Versions.ofMaven(CellWriter.class, "nobody/nothing"));
    assertEquals("unknown", Versions.ofManifest(CellWriter.class));
  }
}
