package parity.onnxruntime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import parity.harness.Batch;
import parity.harness.Column;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;

/**
 * ONNX Runtime, one run per batch. Options: {@code threads} (default 1: with more, sums differ in the last bits from run to run),
 * {@code optimization} (none, basic, extended, all; default all, as the engine's own).
 */
public final class OnnxRuntimeScorer implements Scorer {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment("parity");
  private final OrtSession session;
  private final List<InputTensor> inputs = new ArrayList<>();
  private final List<OutputReader> outputs;
  private final Signature signature;

  public OnnxRuntimeScorer(Path artifact, Map<String, String> options) throws ScoringException {
    try (OrtSession.SessionOptions settings = new OrtSession.SessionOptions()) {
      configure(settings, options);
      session = environment.createSession(artifact.toString(), settings);
      for (NodeInfo input : session.getInputInfo().values()) {
        inputs.add(new InputTensor(input));
      }
      outputs = OutputReader.of(session.getOutputInfo().values(), ZipMapClasses.read(artifact));
      signature = new Signature(inputs.stream().map(InputTensor::spec).toList(), outputs.stream().map(OutputReader::spec).toList(), facts());
    } catch (OrtException refusal) {
      throw new ScoringException("artifact", refusal);
    }
  }

  private static void configure(OrtSession.SessionOptions settings, Map<String, String> options) throws OrtException, ScoringException {
    settings.setIntraOpNumThreads(Integer.parseInt(options.getOrDefault("threads", "1")));
    settings.setInterOpNumThreads(1);
    // Messages of refused batches come back as exceptions; the log needs no second copy in colour.
    settings.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
    settings.setOptimizationLevel(
        switch (options.getOrDefault("optimization", "all")) {
          case "none" -> OrtSession.SessionOptions.OptLevel.NO_OPT;
          case "basic" -> OrtSession.SessionOptions.OptLevel.BASIC_OPT;
          case "extended" -> OrtSession.SessionOptions.OptLevel.EXTENDED_OPT;
          case "all" -> OrtSession.SessionOptions.OptLevel.ALL_OPT;
          default -> throw new ScoringException("other", "optimization is " + options.get("optimization") + ", wanted none, basic, extended or all");
        });
  }

  private Map<String, String> facts() throws OrtException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "ONNX Runtime");
    facts.put("engine.version", environment.getVersion());
    facts.put("producer", session.getMetadata().getProducerName());
    facts.put("graph", session.getMetadata().getGraphName());
    return facts;
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    Map<String, OnnxTensor> fed = new LinkedHashMap<>();
    try {
      feed(fed, batch, scores);
      try (OrtSession.Result result = session.run(fed)) {
        for (OutputReader output : outputs) {
          output.read(result.get(output.spec().name()).orElseThrow(), batch.rows(), scores);
        }
      }
    } catch (OrtException refusal) {
      throw refused(refusal, batch.rows(), fed.size() < inputs.size());
    } finally {
      fed.values().forEach(OnnxTensor::close);
    }
  }

  private void feed(Map<String, OnnxTensor> fed, Batch batch, Scores scores) throws OrtException, ScoringException {
    for (InputTensor input : inputs) {
      List<Column> columns = batch.columnsOf(input.name());
      // An input that no column feeds is left out, so that the engine says in its own words what is missing.
      if (!columns.isEmpty()) {
        fed.put(input.name(), input.tensor(environment, columns, batch.rows(), scores));
      }
    }
  }

  private static ScoringException refused(OrtException refusal, int rows, boolean inputsMissing) {
    String message = ScoringException.text(refusal);
    if (rows == 0) {
      return new ScoringException("empty-batch", refusal);
    }
    if (inputsMissing) {
      return new ScoringException("column-absent", refusal);
    }
    if (message.contains("Got invalid dimensions") || message.contains("Invalid rank for input")) {
      return new ScoringException("shape", refusal);
    }
    return new ScoringException(message.contains("Unknown Category") ? "unseen-category" : "other", refusal);
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException failed) {
      throw new IllegalStateException(failed);
    }
  }
}
