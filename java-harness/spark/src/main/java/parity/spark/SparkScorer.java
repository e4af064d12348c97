package parity.spark;

import dev.ludovic.netlib.blas.JavaBLAS;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.sql.SparkSession;
import parity.harness.Batch;
import parity.harness.CellWriter;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;

/**
 * A saved Spark pipeline, called as a Java service calls it: a frame of the rows, {@code transform}, the output columns collected.
 * Spark evaluates the stages of so small a frame while it plans, without a job. Option {@code outputs}: "ends" (what no stage of the
 * pipeline takes; the default) or "all".
 */
public final class SparkScorer implements Scorer {
  private final SparkSession session;
  private final Transformer model;
  private final List<Input> inputs;
  private final List<CellWriter> outputs;
  private final Signature signature;

  public SparkScorer(Path artifact, Map<String, String> options) throws ScoringException {
    session = LocalSpark.session();
    try {
      String path = artifact.toUri().toString();
      DefaultParamsReader.Metadata metadata = DefaultParamsReader.loadMetadata(path, session, "");
      model = load(path);
      Stages stages = new Stages(model);
      Inputs known = new Inputs(stages);
      inputs = known.all();
      List<Signature.Output> given = new Outputs(stages).between(known.schema(), model.transformSchema(known.schema()), "all".equals(options.get("outputs")));
      outputs = given.stream().map(CellWriter::new).toList();
      signature = new Signature(inputs.stream().map(Input::spec).toList(), given, facts(stages, metadata));
    } catch (Exception refusal) {
      // An engine is called here, from Scala, which throws checked exceptions that it does not declare.
      throw refusal instanceof ScoringException own ? own : Refusals.opening(refusal);
    }
  }

  /** As a pipeline loads its stages: a model that was saved without a pipeline opens as well. */
  private Transformer load(String path) throws ScoringException {
    Object loaded = DefaultParamsReader.loadParamsInstance(path, session);
    if (loaded instanceof Transformer transformer) {
      return transformer;
    }
    throw new ScoringException("artifact", "it holds a " + loaded.getClass().getSimpleName() + ", which was not fitted: save what its fit() returns");
  }

  private Map<String, String> facts(Stages stages, DefaultParamsReader.Metadata metadata) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "Spark MLlib");
    facts.put("engine.version", session.version());
    facts.put("saved by", "Spark " + metadata.sparkVersion());
    facts.put("model", stages.model().getClass().getSimpleName());
    // With another implementation sums of products come in another order.
    facts.put("blas", JavaBLAS.getInstance().getClass().getSimpleName());
    return facts;
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    List<Input> fed = new ArrayList<>();
    for (Input input : inputs) {
      if (input.bind(batch)) {
        fed.add(input);
      }
    }
    outputs.forEach(output -> output.begin(scores));
    new Call(session, model, fed, fed.size() < inputs.size(), outputs, scores).score();
    outputs.forEach(CellWriter::end);
  }
}
