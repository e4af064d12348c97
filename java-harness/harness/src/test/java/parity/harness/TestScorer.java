package parity.harness;

import java.util.List;
import java.util.Map;

/** A scorer made of a signature and a lambda. */
record TestScorer(Signature signature, Body body) implements Scorer {
  interface Body {
    void score(Batch batch, Scores scores) throws ScoringException;
  }

  /** @param outputs "name:type" each */
  static Bridge bridge(Body body, String... outputs) {
    List<Signature.Output> specs = List.of(outputs).stream().map(text -> text.split(":")).map(
        parts -> new Signature.Output(parts[0], parts[1], null, 1, null)).toList();
    return new Bridge(new TestScorer(new Signature(List.of(), specs, Map.of("engine", "test")), body));
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    body.score(batch, scores);
  }
}
