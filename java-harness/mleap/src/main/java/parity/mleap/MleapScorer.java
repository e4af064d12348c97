package parity.mleap;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.logging.Level;
import java.util.logging.Logger;
import ml.combust.bundle.dsl.Bundle;
import ml.combust.mleap.core.types.StructField;
import ml.combust.mleap.core.types.StructType;
import ml.combust.mleap.runtime.frame.DefaultLeapFrame;
import ml.combust.mleap.runtime.frame.Row;
import ml.combust.mleap.runtime.frame.Transformer;
import ml.combust.mleap.runtime.javadsl.BundleBuilder;
import ml.combust.mleap.runtime.javadsl.ContextBuilder;
import ml.combust.mleap.runtime.javadsl.LeapFrameBuilder;
import ml.combust.mleap.runtime.javadsl.LeapFrameSupport;
import parity.harness.Batch;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Versions;

/**
 * MLeap as its documentation calls it from Java: one leap frame a batch, {@code transform}, the output columns collected. A frame
 * that MLeap declines is asked again row by row, since its exceptions do not say which row they mean. Options: {@code outputs},
 * "ends" (what no stage of the pipeline takes; the default) or "all", with the vectors between the stages; {@code missing}, "null"
 * (the default) or "nan": what a missing double is in the row.
 */
public final class MleapScorer implements Scorer {
  // Kept here, because the JVM forgets the level of a logger that nobody holds. It warns of a vector BLAS that Java 17 has only on demand.
  private final Logger blas = Logger.getLogger("dev.ludovic.netlib");
  private final LeapFrameBuilder builder = new LeapFrameBuilder();
  private final LeapFrameSupport support = new LeapFrameSupport();
  private final Transformer root;
  private final List<Input> inputs = new ArrayList<>();
  private final List<Output> outputs;
  private final StructType schema;
  private final Signature signature;

  public MleapScorer(Path artifact, Map<String, String> options) throws ScoringException {
    blas.setLevel(Level.SEVERE);
    try {
      Bundle<Transformer> bundle = new BundleBuilder().load(artifact.toFile(), new ContextBuilder().createMleapContext());
      root = bundle.root();
      for (StructField field : support.getFields(root.inputSchema())) {
        inputs.add(new Input(field, "nan".equals(options.get("missing"))));
      }
      outputs = Outputs.of(root, "all".equals(options.get("outputs")), support);
      schema = builder.createSchema(inputs.stream().map(Input::field).toList());
      signature = new Signature(inputs.stream().map(Input::spec).toList(), outputs.stream().map(Output::spec).toList(), facts(bundle));
    } catch (Exception refusal) {
      // An engine is called here, from Scala, which throws checked exceptions that it does not declare.
      throw refusal instanceof ScoringException own ? own : new ScoringException("artifact", described(refusal));
    }
  }

  private static String described(Throwable refusal) {
    return refusal.getClass().getName() + ": " + ScoringException.text(refusal);
  }

  private static Map<String, String> facts(Bundle<Transformer> bundle) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "MLeap");
    facts.put("engine.version", Versions.ofManifest(Transformer.class));
    facts.put("bundle.version", bundle.info().version());
    facts.put("model", bundle.root().model().getClass().getSimpleName());
    return facts;
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    for (Input input : inputs) {
      input.bind(batch);
    }
    List<Row> rows = new ArrayList<>(batch.rows());
    for (int row = 0; row < batch.rows(); row++) {
      rows.add(row(row));
    }
    outputs.forEach(output -> output.begin(scores));
    try {
      read(rows, 0);
    } catch (Exception refusal) {
      // An engine is called here; see above.
      oneByOne(rows, scores);
    }
    outputs.forEach(Output::end);
  }

  private Row row(int row) {
    List<Object> cells = new ArrayList<>(inputs.size());
    for (Input input : inputs) {
      cells.add(input.cell(row));
    }
    return builder.createRowFromIterable(cells);
  }

  /** Transforms the rows, the first of which is row {@code first} of the batch, and writes what comes out. */
  private void read(List<Row> rows, int first) {
    DefaultLeapFrame frame = root.transform(builder.createFrame(schema, rows)).get();
    List<Row> found = support.collect(support.select(frame, outputs.stream().map(output -> output.spec().name()).toList()));
    if (found.size() != rows.size()) {
      throw new IllegalStateException("MLeap answers " + found.size() + " rows for " + rows.size());
    }
    int row = first;
    // The list is a linked one of Scala's: asked by number, a batch would take the square of its rows.
    for (Row answer : found) {
      for (int column = 0; column < outputs.size(); column++) {
        outputs.get(column).write(row, answer.getRaw(column));
      }
      row++;
    }
  }

  private void oneByOne(List<Row> rows, Scores scores) {
    for (int row = 0; row < rows.size(); row++) {
      try {
        read(List.of(rows.get(row)), row);
      } catch (Exception refusal) {
        // An engine is called here; see above.
        String kind = kind(refusal);
        scores.refuse(row, kind, (kind.equals("missing") ? lacked(rows.get(row)) : "") + described(refusal));
      }
    }
  }

  // MLeap's own text is "null", or that of a NullPointerException.
  private String lacked(Row row) {
    List<String> names = new ArrayList<>();
    for (int column = 0; column < inputs.size(); column++) {
      if (row.getRaw(column) == null) {
        names.add(inputs.get(column).spec().name());
      }
    }
    return names.isEmpty() ? "" : "a stage takes no null, and there is one in " + String.join(", ", names) + ": ";
  }

  private static String kind(Exception refusal) {
    // A null in a field that is not nullable is a MatchError of the text "null", in any other a NullPointerException.
    if (refusal instanceof NullPointerException || ScoringException.text(refusal).equals("null")) {
      return "missing";
    }
    return refusal instanceof NoSuchElementException ? "unseen-category" : "other";
  }

  @Override
  public void close() {
    root.close();
  }
}
