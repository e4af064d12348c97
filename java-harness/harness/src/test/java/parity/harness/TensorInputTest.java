package parity.harness;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tensors come out of a real mapped file as the shape and the bits that went in. */
class TensorInputTest {
  @TempDir Path folder;

  private void look(TestScorer.Body check, BlockFile file) {
    Bridge bridge = TestScorer.bridge(check);
    file.into(bridge, 4096);
    assertEquals("", bridge.score());
  }

  private static float[] floats(ByteBuffer cells) {
    float[] found = new float[cells.remaining() / 4];
    cells.asFloatBuffer().get(found);
    return found;
  }

  @Test
  void aColumnOfTensorsHasItsOwnShapeAndIsNotCopied() {
    look((batch, scores) -> {
      TensorInput input = new TensorInput("x", Element.FLOAT32, new long[] {-1, 2, 2});
      List<Column> columns = batch.columnsOf("x");
      assertEquals(4, columns.get(0).length());
      assertArrayEquals(new int[] {2, 2}, columns.get(0).shape());
      assertArrayEquals(new long[] {2, 2, 2}, input.dimensions(columns, 2));
      ByteBuffer cells = input.numbers(columns, 2, scores);
      assertTrue(cells.isDirect());
      assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6, 7, -0.0f}, floats(cells));
      assertEquals(16, input.numbers(columns, 1, scores).remaining());
    }, new BlockFile(folder, 2, 1 << 14).column("x", Type.FLOAT32, new int[] {2, 2}, null, 1f, 2f, 3f, 4f, 5f, 6f, 7f, -0.0f));
  }

  @Test
  void anotherShapeThanDeclaredIsLeftToTheEngine() {
    look((batch, scores) -> {
      TensorInput input = new TensorInput("x", Element.FLOAT32, new long[] {-1, 2, 2});
      assertArrayEquals(new long[] {1, 4}, input.dimensions(batch.columnsOf("x"), 1));
    }, new BlockFile(folder, 1, 1 << 14).column("x", Type.FLOAT32, new int[] {4}, null, 1f, 2f, 3f, 4f));
  }

  @Test
  void columnsOfSingleValuesBecomeAHigherRankWhereCountsFit() {
    look((batch, scores) -> {
      List<Column> columns = List.of(batch.column("a"), batch.column("b"));
      assertArrayEquals(new long[] {2, 2}, new TensorInput("x", Element.FLOAT32, new long[] {-1, 2}).dimensions(columns, 2));
      assertArrayEquals(new long[] {2, 1, 2, 1}, new TensorInput("x", Element.FLOAT32, new long[] {-1, 1, 2, 1}).dimensions(columns, 2));
      assertArrayEquals(new long[] {2, 2}, new TensorInput("x", Element.FLOAT32, new long[] {-1, 3, 2, 1}).dimensions(columns, 2));
      assertArrayEquals(new long[] {2, 2}, new TensorInput("x", Element.FLOAT32, new long[] {-1, -1, -2}).dimensions(columns, 2));
      assertArrayEquals(new float[] {1, 3, 2, 4}, floats(new TensorInput("x", Element.FLOAT32, new long[] {-1, 2}).numbers(columns, 2, scores)));
    }, new BlockFile(folder, 2, 1 << 14).column("a", Type.FLOAT32, 1f, 2f).column("b", Type.FLOAT64, 3.0, 4.0));
  }

  @Test
  void aMissingTensorIsNanThroughoutOrRefused() {
    Object[] present = {1, null};
    look((batch, scores) -> {
      List<Column> columns = batch.columnsOf("x");
      assertTrue(columns.get(0).isNull(1));
      assertEquals(null, columns.get(0).get(3));
      float[] cells = floats(new TensorInput("x", Element.FLOAT32, new long[] {-1, 2}).numbers(columns, 2, scores));
      assertArrayEquals(new float[] {1, 2, Float.NaN, Float.NaN}, cells);
      assertFalse(scores.isRefused(1));
      ByteBuffer whole = new TensorInput("x", Element.INT64, new long[] {-1, 2}).numbers(columns, 2, scores);
      assertArrayEquals(new long[] {1, 2, 1, 2}, new long[] {whole.getLong(0), whole.getLong(8), whole.getLong(16), whole.getLong(24)});
      assertTrue(scores.isRefused(1));
    }, new BlockFile(folder, 2, 1 << 14).column("x", Type.FLOAT32, new int[] {2}, present, 1f, 2f, 3f, 4f));
  }

  @Test
  void oneValueThatDoesNotFitRefusesItsRow() {
    BlockFile file = new BlockFile(folder, 2, 1 << 14).column("x", Type.FLOAT64, new int[] {2}, null, 1.0, 2.0, 3.0, 0.5);
    Bridge bridge = TestScorer.bridge((batch, scores) -> {
      new TensorInput("x", Element.UINT8, new long[] {-1, 2}).numbers(batch.columnsOf("x"), 2, scores);
      assertFalse(scores.isRefused(0));
    });
    file.into(bridge, 4096);
    assertEquals("", bridge.score());
    assertTrue(file.refusals().contains("1\ttype\tinput x takes UINT8, which cannot hold 0.5 of column x"));
  }

  @Test
  void textAndBitsOfTensorsAreFound() {
    look((batch, scores) -> {
      assertArrayEquals(new String[] {"a", "", "Łódź", "b"}, new TensorInput("t", Element.STRING, new long[] {-1, 2}).texts(batch.columnsOf("t"), 2, scores));
      ByteBuffer bits = new TensorInput("b", Element.BOOL, new long[] {-1, 2}).numbers(batch.columnsOf("b"), 2, scores);
      assertEquals("[1, 0, 0, 1]", Arrays.toString(new byte[] {bits.get(0), bits.get(1), bits.get(2), bits.get(3)}));
    }, new BlockFile(folder, 2, 1 << 14).column("t", Type.STRING, new int[] {2}, null, "a", "", "Łódź", "b").column("b", Type.BOOL, new int[] {2}, null, true, false, false, true));
  }

  @Test
  void theSpecNamesTheShapeOfOneRow() {
    assertEquals(Arrays.asList(28, null, 1), new TensorInput("x", Element.UINT8, new long[] {-1, 28, -1, 1}).spec().shape());
    assertEquals(null, new TensorInput("x", Element.UINT8, new long[] {-1, 28, -1, 1}).spec().width());
    assertEquals(784, new TensorInput("x", Element.UINT8, new long[] {-1, 28, 28}).spec().width());
    assertEquals(1, new TensorInput("x", Element.STRING, new long[] {-1}).spec().width());
  }
}
