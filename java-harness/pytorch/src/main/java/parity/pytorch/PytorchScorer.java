package parity.pytorch;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import parity.harness.Batch;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;

/**
 * DJL's PyTorch engine on TorchScript, one call of forward per batch. Options: {@code inputs}, {@code traced} (see {@link Inputs}), {@code threads}
 * (default 1: with more, sums differ in the last bits), {@code optimizer} ("true" or "false": TorchScript's, the engine's default where
 * it is not said).
 */
public final class PytorchScorer implements Scorer {
  private static final String ENGINE = "PyTorch";
  private static final int TRIAL_ROWS = 2;
  private static final Pattern SHAPE = Pattern.compile("shape|size|dimension|must match|multiplied|channels|expects? input|rank");
  private static final Pattern TYPE = Pattern.compile("dtype|scalar type|data type|Expected tensor for argument|Expected a value of type");
  private static final Pattern INVALID = Pattern.compile("out of range|out of bounds");

  private static final Pattern ERROR = Pattern.compile("[\\w.]+(Error|Exception): ");

  private final ZooModel<NDList, NDList> model;
  private final Predictor<NDList, NDList> predictor;
  private final List<InputTensor> inputs;
  private final List<OutputTensor> outputs = new ArrayList<>();
  private final Signature signature;

  public PytorchScorer(Path artifact, Map<String, String> options) throws ScoringException {
    Settings.choose(options.getOrDefault("threads", "1"), options.get("optimizer"));
    model = load(artifact);
    predictor = model.newPredictor();
    try {
      List<NDArray> parameters = model.getBlock().getDirectParameters().values().stream().map(parameter -> parameter.getArray()).toList();
      inputs = Inputs.of(Forward.arguments(artifact), options, parameters, this::shown);
      outputs.addAll(shown(inputs));
      signature = new Signature(inputs.stream().map(InputTensor::spec).toList(), outputs.stream().map(OutputTensor::spec).toList(), facts());
    } catch (ScoringException | RuntimeException failed) {
      close();
      throw failed;
    }
  }

  private static ZooModel<NDList, NDList> load(Path artifact) throws ScoringException {
    try {
      return Criteria.builder()
          .setTypes(NDList.class, NDList.class)
          .optModelPath(artifact)
          .optEngine(ENGINE)
          .optDevice(Device.cpu())
          .optTranslator(new NoopTranslator())
          .build()
          .loadModel();
    } catch (IOException | ModelNotFoundException | MalformedModelException | EngineException refusal) {
      throw new ScoringException("artifact", said(refusal));
    }
  }

  private static Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "DJL PyTorch");
    facts.put("engine.version", Engine.getDjlVersion());
    facts.put("libtorch.version", Engine.getEngine(ENGINE).getVersion());
    return facts;
  }

  /** What comes out for a few rows of these inputs: no archive says it. */
  private List<OutputTensor> shown(List<InputTensor> given) throws ScoringException {
    try (NDManager manager = model.getNDManager().newSubManager()) {
      NDList rows = new NDList();
      given.forEach(input -> rows.add(input.trial(manager, TRIAL_ROWS)));
      List<OutputTensor> found = new ArrayList<>();
      try (NDList result = predictor.predict(rows)) {
        for (int i = 0; i < result.size(); i++) {
          found.add(new OutputTensor(result.get(i), i, result.size(), TRIAL_ROWS));
        }
      }
      return found;
    } catch (TranslateException | RuntimeException refusal) {
      throw refused(refusal);
    }
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    try (NDManager manager = model.getNDManager().newSubManager()) {
      NDList rows = new NDList();
      for (InputTensor input : inputs) {
        rows.add(input.array(manager, batch.columnsOf(input.name()), batch.rows(), scores));
      }
      try (NDList result = predictor.predict(rows)) {
        for (OutputTensor output : outputs) {
          output.read(result, batch.rows(), scores);
        }
      }
    } catch (TranslateException | RuntimeException refusal) {
      throw batch.rows() == 0 ? new ScoringException("empty-batch", said(refusal)) : refused(refusal);
    }
  }

  private static ScoringException refused(Exception refusal) {
    String message = said(refusal);
    String kind = INVALID.matcher(message).find() ? "invalid-value" : TYPE.matcher(message).find() ? "type" : SHAPE.matcher(message).find() ? "shape" : "other";
    return new ScoringException(kind, message);
  }

  /**
   * What the engine said first, without DJL's wrappers and TorchScript's traceback: the line of the error that a traceback ends with, else
   * the first line.
   */
  private static String said(Throwable refusal) {
    List<String> lines = ScoringException.text(ScoringException.innermost(refusal)).lines().map(String::strip).filter(line -> !line.isEmpty()).toList();
    return lines.stream().filter(line -> ERROR.matcher(line).lookingAt()).reduce((first, second) -> second).orElse(lines.get(0));
  }

  @Override
  public void close() {
    predictor.close();
    model.close();
  }
}
