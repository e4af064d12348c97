package parity.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class JsonTest {
  @Test
  void valuesOfEveryKind() {
    assertEquals(
        "{\"n\":null,\"t\":true,\"i\":3,\"d\":1.5,\"l\":[\"a\",[]],\"m\":{}}",
        Json.text(Json.fields("n", null, "t", true, "i", 3L, "d", 1.5, "l", List.of("a", List.of()), "m", Json.fields())));
    assertEquals("[\"NaN\",null]", Json.text(Arrays.asList(Double.NaN, null)));
  }

  @Test
  void textIsEscaped() {
    assertEquals("\"\\\"\\\\\\u000a\\u0009Łódź\\ud835\\udcb3\\ud800\"", Json.text("\"\\\n\tŁódź𝒳\ud800"));
  }
}
