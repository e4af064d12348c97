package parity.mojopipeline;

import ai.h2o.mojos.runtime.MojoPipeline;
import ai.h2o.mojos.runtime.api.MojoColumnMeta;
import ai.h2o.mojos.runtime.api.MojoPipelineService;
import ai.h2o.mojos.runtime.frame.MojoFrame;
import ai.h2o.mojos.runtime.frame.MojoFrameBuilder;
import ai.h2o.mojos.runtime.frame.MojoRowBuilder;
import ai.h2o.mojos.runtime.lic.LicenseException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import parity.harness.Batch;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Versions;

/**
 * A Driverless AI pipeline through H2O.ai's MOJO2 runtime, which opens none without a licence: one frame a batch, filled row by row
 * as its documentation shows, and read column by column. A missing cell is one that is not set.
 */
public final class MojoPipelineScorer implements Scorer {
  private final MojoPipeline pipeline;
  private final List<Input> inputs;
  private final List<Output> outputs;
  private final Signature signature;

  public MojoPipelineScorer(Path artifact, Map<String, String> options) throws ScoringException {
    try {
      pipeline = MojoPipelineService.loadPipeline(artifact.toFile());
    } catch (LicenseException refusal) {
      throw new ScoringException("licence", ScoringException.named(refusal));
    } catch (IOException | RuntimeException refusal) {
      // An engine is called here: a damaged file may come out as any exception.
      throw new ScoringException("artifact", ScoringException.named(refusal));
    }
    inputs = pipeline.getInputMeta().getColumns().stream().map(Input::new).toList();
    List<MojoColumnMeta> given = pipeline.getOutputMeta().getColumns();
    outputs = given.stream().map(Output::new).toList();
    signature = new Signature(inputs.stream().map(Input::spec).toList(), outputs.stream().map(Output::spec).toList(), facts());
  }

  private Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "MOJO2 runtime");
    facts.put("engine.version", Versions.ofManifest(MojoPipelineService.class));
    facts.put("pipeline", pipeline.getUuid());
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
    MojoFrameBuilder builder = pipeline.getInputFrameBuilder();
    MojoRowBuilder cells = builder.getMojoRowBuilder();
    for (int row = 0; row < batch.rows(); row++) {
      for (Input input : inputs) {
        input.set(cells, row);
      }
      // It gives back the builder of the next row.
      cells = builder.addRow(cells);
    }
    MojoFrame answers = pipeline.transform(builder);
    for (int i = 0; i < outputs.size(); i++) {
      outputs.get(i).read(answers.getColumnData(i), scores);
    }
  }
}
