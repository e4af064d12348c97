package parity.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ScoringExceptionTest {
  @Test
  void theNativeStackTraceIsCut() {
    RuntimeException error = new RuntimeException("Check failed: x\nmore\nStack trace:\n  [bt] (0) /tmp/libxgboost4j123.so");
    assertEquals("Check failed: x\nmore", new ScoringException("other", error).getMessage());
  }

  @Test
  void anExceptionWithoutTextIsNamed() {
    assertEquals("java.lang.NullPointerException", ScoringException.text(new NullPointerException()));
    assertEquals("java.lang.IllegalStateException", ScoringException.text(new IllegalStateException(" ")));
  }
}
