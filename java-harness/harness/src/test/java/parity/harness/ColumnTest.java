package parity.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Cells come out of a real mapped file with the bits that went in. */
class ColumnTest {
  @TempDir Path folder;

  /** Hands the one column of a block to a check, from inside a scorer. */
  private void look(Type type, Object[] cells, Consumer<Column> check) {
    Bridge bridge = TestScorer.bridge((batch, scores) -> {
      assertEquals(cells.length, batch.rows());
      check.accept(batch.column("c"));
    });
    new BlockFile(folder, cells.length, 1 << 20).column("c", type, cells).into(bridge, 4096);
    assertEquals("", bridge.score());
  }

  @Test
  void doublesKeepTheirBits() {
    long[] bits = {0x7ff8000000000001L, 0xfff4000000000002L, 0x8000000000000000L, 1L, 0x7ff0000000000000L, 0x3ff0000000000001L};
    Object[] cells = Arrays.stream(bits).mapToObj(Double::longBitsToDouble).toArray();
    look(Type.FLOAT64, cells, column -> {
      for (int row = 0; row < bits.length; row++) {
        assertEquals(bits[row], Double.doubleToRawLongBits(column.getDouble(row)));
      }
    });
  }

  @Test
  void floatsKeepTheirBits() {
    int[] bits = {0x7fc00001, 0x80000000, 1, 0x7f800000, 0xff800000, 0x3f800001};
    Object[] cells = Arrays.stream(bits).mapToObj(Float::intBitsToFloat).toArray();
    look(Type.FLOAT32, cells, column -> {
      for (int row = 0; row < bits.length; row++) {
        assertEquals(bits[row], Float.floatToRawIntBits(column.getFloat(row)));
      }
    });
  }

  @Test
  void wholeNumbersAreNotRounded() {
    Object[] cells = {(1L << 53) + 1, Long.MIN_VALUE, Long.MAX_VALUE, -1L};
    look(Type.INT64, cells, column -> {
      for (int row = 0; row < cells.length; row++) {
        assertEquals(cells[row], column.getLong(row));
        assertEquals(cells[row], column.get(row));
      }
    });
    look(Type.INT32, new Object[] {Integer.MIN_VALUE, 7}, column -> assertEquals(Integer.MIN_VALUE, column.getInt(0)));
  }

  @Test
  void numbersConvertAsJavaDoes() {
    look(Type.FLOAT64, new Object[] {0.1, 1e300}, column -> {
      assertEquals(0.1f, column.getFloat(0));
      assertEquals(Float.POSITIVE_INFINITY, column.getFloat(1));
    });
    look(Type.INT64, new Object[] {(1L << 53) + 1}, column -> assertEquals(0x1p53, column.getDouble(0)));
    look(Type.BOOL, new Object[] {true, false}, column -> assertEquals(1.0, column.getDouble(0) + column.getFloat(1)));
  }

  @Test
  void missingIsNotNan() {
    look(Type.FLOAT64, new Object[] {null, Double.NaN, 1.0}, column -> {
      assertTrue(column.hasNulls());
      assertTrue(column.isNull(0));
      assertNull(column.get(0));
      assertFalse(column.isNull(1));
      assertEquals(Double.NaN, column.get(1));
    });
    look(Type.FLOAT64, new Object[] {1.0}, column -> assertFalse(column.hasNulls() || column.isNull(0)));
  }

  @Test
  void textOfEveryPlaneAndTheEmptyOne() {
    Object[] cells = {"", null, "Łódź", "\u0000\t\n", "𝒳🦄", "دروازه", "a".repeat(5000)};
    look(Type.STRING, cells, column -> {
      for (int row = 0; row < cells.length; row++) {
        assertEquals(cells[row], column.get(row));
      }
      assertEquals("", column.getString(0));
    });
  }

  @Test
  void bitsAreReadAcrossBytes() {
    Random random = new Random(7);
    Object[] cells = new Object[1003];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = random.nextInt(5) == 0 ? null : (Object) random.nextBoolean();
    }
    look(Type.BOOL, cells, column -> {
      for (int row = 0; row < cells.length; row++) {
        assertEquals(cells[row], column.get(row), "row " + row);
      }
    });
  }

  @Test
  void nothingIsNarrowedOrGuessed() {
    look(Type.FLOAT64, new Object[] {1.0}, column -> {
      assertEquals(
          "column c is float64, wanted a whole number", assertThrows(IllegalStateException.class, () -> column.getLong(0)).getMessage());
      assertThrows(IllegalStateException.class, () -> column.getInt(0));
      assertThrows(IllegalStateException.class, () -> column.getString(0));
      assertThrows(IllegalStateException.class, () -> column.getBoolean(0));
    });
    look(Type.STRING, new Object[] {"1"}, column -> {
      assertThrows(IllegalStateException.class, () -> column.getDouble(0));
      assertThrows(IllegalStateException.class, () -> column.getFloat(0));
    });
    look(Type.INT64, new Object[] {1L}, column -> assertThrows(IllegalStateException.class, () -> column.getInt(0)));
  }

  @Test
  void valuesLieInTheBlockItself() {
    look(Type.FLOAT64, new Object[] {1.5, 2.5}, column -> {
      assertTrue(column.values().isDirect());
      assertEquals(ByteOrder.nativeOrder(), column.values().order());
      assertEquals(16, column.values().limit());
      assertEquals(2.5, column.values().getDouble(8));
    });
  }
}
