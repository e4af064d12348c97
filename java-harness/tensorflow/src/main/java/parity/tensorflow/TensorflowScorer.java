package parity.tensorflow;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.SessionFunction;
import org.tensorflow.Tensor;
import org.tensorflow.TensorFlow;
import org.tensorflow.exceptions.TensorFlowException;
import org.tensorflow.proto.ConfigProto;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.UserCache;

/**
 * TensorFlow's own Java API on a SavedModel, one call of a signature per batch. Options: {@code signature} (default serving_default),
 * {@code tag} (default serve), {@code threads} (default 1: with more, sums differ in the last bits).
 */
public final class TensorflowScorer implements Scorer {
  static {
    // 650 MB, never written again; JavaCPP itself locks the folder while it writes.
    UserCache.choose("org.bytedeco.javacpp.cachedir", "javacpp");
  }

  private final SavedModelBundle bundle;
  private final SessionFunction function;
  private final List<InputTensor> inputs = new ArrayList<>();
  private final List<OutputTensor> outputs = new ArrayList<>();
  private final Signature signature;

  public TensorflowScorer(Path artifact, Map<String, String> options) throws ScoringException {
    bundle = load(artifact, options);
    try {
      function = function(options.getOrDefault("signature", "serving_default"));
      // By name, as Python lists them: the engine's own maps are in another order in every process.
      for (Map.Entry<String, org.tensorflow.Signature.TensorDescription> input : new TreeMap<>(function.signature().getInputs()).entrySet()) {
        inputs.add(new InputTensor(input.getKey(), input.getValue()));
      }
      Map<String, org.tensorflow.Signature.TensorDescription> given = new TreeMap<>(function.signature().getOutputs());
      for (Map.Entry<String, org.tensorflow.Signature.TensorDescription> output : given.entrySet()) {
        outputs.add(new OutputTensor(output.getKey(), output.getValue(), given.size() > 1));
      }
      signature = new Signature(inputs.stream().map(InputTensor::spec).toList(), outputs.stream().map(OutputTensor::spec).toList(), facts());
    } catch (ScoringException | RuntimeException failed) {
      bundle.close();
      throw failed;
    }
  }

  private static SavedModelBundle load(Path artifact, Map<String, String> options) throws ScoringException {
    int threads = Integer.parseInt(options.getOrDefault("threads", "1"));
    ConfigProto config = ConfigProto.newBuilder().setIntraOpParallelismThreads(threads).setInterOpParallelismThreads(threads).build();
    try {
      return SavedModelBundle.loader(artifact.toString()).withTags(options.getOrDefault("tag", "serve")).withConfigProto(config).load();
    } catch (TensorFlowException refusal) {
      throw new ScoringException("artifact", refusal);
    }
  }

  private SessionFunction function(String key) throws ScoringException {
    List<String> keys = bundle.signatures().stream().map(org.tensorflow.Signature::key).filter(name -> !name.startsWith("__saved_model")).sorted().toList();
    if (!keys.contains(key)) {
      throw new ScoringException("artifact", "the SavedModel has no signature " + key + ": it has " + String.join(", ", keys) + "; name one of them as the option signature");
    }
    return bundle.function(key);
  }

  private static Map<String, String> facts() {
    String oneDnn = System.getenv("TF_ENABLE_ONEDNN_OPTS");
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "TensorFlow");
    facts.put("engine.version", TensorFlow.version());
    // Fused kernels decide what becomes of NaN: facts of the environment, not of the model.
    facts.put("TF_ENABLE_ONEDNN_OPTS", oneDnn == null ? "not set" : oneDnn);
    return facts;
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    Map<String, Tensor> fed = new LinkedHashMap<>();
    try {
      for (InputTensor input : inputs) {
        List<Column> columns = batch.columnsOf(input.name());
        // An input that no column feeds is left out, so that the engine says in its own words what is missing.
        if (!columns.isEmpty()) {
          fed.put(input.name(), input.tensor(columns, batch.rows(), scores));
        }
      }
      try (Result result = function.call(fed)) {
        for (OutputTensor output : outputs) {
          output.read(result.get(output.spec().name()).orElseThrow(), batch.rows(), scores);
        }
      }
    } catch (TensorFlowException | IllegalArgumentException refusal) {
      throw refused(refusal, batch.rows(), fed.size() < inputs.size());
    } finally {
      fed.values().forEach(Tensor::close);
    }
  }

  private static ScoringException refused(RuntimeException refusal, int rows, boolean inputsMissing) {
    if (rows == 0) {
      return new ScoringException("empty-batch", refusal);
    }
    if (inputsMissing) {
      return new ScoringException("column-absent", refusal);
    }
    String message = ScoringException.text(refusal);
    boolean shape = Arrays.stream(new String[] {"ncompatible", "shape", "Shape", "rank", "dimension", "must match"}).anyMatch(message::contains);
    return new ScoringException(shape ? "shape" : "other", refusal);
  }

  @Override
  public void close() {
    bundle.close();
  }
}
