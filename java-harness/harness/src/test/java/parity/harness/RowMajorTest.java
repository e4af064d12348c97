package parity.harness;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copied by blocks, every cell is what the column itself says of it. */
class RowMajorTest {
  private static final int ROWS = 300; // more than two blocks, and not a whole number of them
  private static final int FROM = 7;

  @TempDir Path folder;

  private static Object[] cells(Type type, boolean holes) {
    Random random = new Random(type.code);
    return IntStream.range(0, ROWS).mapToObj(row -> holes && row % 5 == 0 ? null : switch (type) {
      case FLOAT64 -> (Object) random.nextDouble();
      case FLOAT32 -> random.nextFloat();
      case INT32 -> random.nextInt();
      case INT64 -> random.nextLong();
      default -> random.nextBoolean();
    }).toArray();
  }

  @Test
  void everyTypeWithAndWithoutMissingCells() {
    List<Column>[] seen = new List[1];
    Bridge bridge = TestScorer.bridge((batch, scores) -> {
      List<Column> columns = IntStream.range(0, batch.columns()).mapToObj(batch::column).toList();
      float[][] floats = new float[ROWS - FROM][columns.size()];
      double[] doubles = new double[(ROWS - FROM) * columns.size()];
      RowMajor.floats(columns, FROM, ROWS - FROM, floats);
      RowMajor.doubles(columns, FROM, ROWS - FROM, doubles);
      for (int row = FROM; row < ROWS; row++) {
        for (int c = 0; c < columns.size(); c++) {
          Column column = columns.get(c);
          assertEquals(column.isNull(row) ? Float.NaN : column.getFloat(row), floats[row - FROM][c]);
          assertEquals(column.isNull(row) ? Double.NaN : column.getDouble(row), doubles[(row - FROM) * columns.size() + c]);
        }
      }
      seen[0] = columns;
    });
    BlockFile block = new BlockFile(folder, ROWS, 1 << 20);
    for (Type type : List.of(Type.FLOAT64, Type.FLOAT32, Type.INT32, Type.INT64, Type.BOOL)) {
      block.column("all " + type, type, cells(type, false)).column("some " + type, type, cells(type, true));
    }
    block.into(bridge, 4096);
    assertEquals("", bridge.score());
    assertEquals(10, seen[0].size());
  }

  @Test
  void textIsRefused() {
    Bridge bridge = TestScorer.bridge((batch, scores) -> RowMajor.refuseText(List.of(batch.column(0)), "the engine takes double[]"));
    new BlockFile(folder, 1, 1 << 20).column("city", Type.STRING, "Oslo").into(bridge, 4096);
    assertEquals("type\tcolumn city holds text, but the engine takes double[]", bridge.score());
  }

  @Test
  void manyTextsOfOneColumnComeOutAsTheyAre() {
    Random random = new Random(3);
    String[] texts = new String[5_000];
    for (int i = 0; i < texts.length; i++) {
      // Far more of them than places are kept, of lengths on both sides of what is kept at all, in one byte a character and more.
      texts[i] = (i % 3 == 0 ? "ł" : "") + Integer.toString(random.nextInt(900), 36).repeat(1 + random.nextInt(40));
    }
    String[] found = new String[texts.length];
    Bridge bridge = TestScorer.bridge((batch, scores) -> {
      for (int row = 0; row < found.length; row++) {
        found[row] = batch.column(0).getString(row);
      }
    });
    new BlockFile(folder, texts.length, 1 << 20).column("c", Type.STRING, (Object[]) texts).into(bridge, 4096);
    bridge.score();
    assertArrayEquals(texts, found);
    assertTrue(IntStream.range(0, texts.length).anyMatch(i -> texts[i].length() > 64));
  }
}
