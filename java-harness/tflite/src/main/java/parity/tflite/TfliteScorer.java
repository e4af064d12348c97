package parity.tflite;

import static org.bytedeco.tensorflowlite.global.tensorflowlite.*;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.bytedeco.tensorflowlite.TfLiteInterpreter;
import org.bytedeco.tensorflowlite.TfLiteInterpreterOptions;
import org.bytedeco.tensorflowlite.TfLiteModel;
import parity.harness.Batch;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.UserCache;

/**
 * TensorFlow Lite through its C API, one call per batch; a model of a fixed number of rows is called as often as it takes. Options:
 * {@code signature} (serving_default, or the only one), {@code threads} (default 1: with more, sums differ in the last bits).
 */
public final class TfliteScorer implements Scorer {
  static {
    UserCache.choose("org.bytedeco.javacpp.cachedir", "javacpp");
  }

  private static final Pattern INVALID = Pattern.compile("out of bounds|out of range|only_positive");

  private final TfLiteModel model;
  private final TfLiteInterpreterOptions settings;
  private final TfLiteInterpreter interpreter;
  private final Graph graph;
  private final List<InputTensor> inputs = new ArrayList<>();
  private final List<OutputTensor> outputs = new ArrayList<>();
  private final Signature signature;
  private List<int[]> allocated = List.of();

  public TfliteScorer(Path artifact, Map<String, String> options) throws ScoringException {
    Complaints complaints = new Complaints();
    model = TfLiteModelCreateFromFile(artifact.toString());
    if (model == null || model.isNull()) {
      throw new ScoringException("artifact", complaints.since("the file is no whole TensorFlow Lite model"));
    }
    settings = TfLiteInterpreterOptionsCreate();
    TfLiteInterpreterOptionsSetNumThreads(settings, Integer.parseInt(options.getOrDefault("threads", "1")));
    interpreter = TfLiteInterpreterCreate(model, settings);
    if (interpreter == null || interpreter.isNull()) {
      throw new ScoringException("artifact", complaints.since("no interpreter could be made of the model"));
    }
    graph = new Graph(interpreter, options.get("signature"));
    if (graph.allocate() != kTfLiteOk) {
      throw new ScoringException("artifact", complaints.since("the model's tensors cannot be allocated"));
    }
    for (int i = 0; i < graph.inputs().size(); i++) {
      inputs.add(new InputTensor(graph, i));
    }
    for (int i = 0; i < graph.outputs().size(); i++) {
      outputs.add(new OutputTensor(graph, i));
    }
    signature = new Signature(inputs.stream().map(InputTensor::spec).toList(), outputs.stream().map(OutputTensor::spec).toList(), facts());
  }

  private static Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "TensorFlow Lite");
    facts.put("engine.version", TfLiteVersion().getString());
    // The C API of Bytedeco's build applies none, where Python's interpreter applies XNNPACK unasked.
    facts.put("delegate", "none");
    return facts;
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    int rows = batch.rows();
    for (InputTensor input : inputs) {
      input.fill(batch.columnsOf(input.spec().name()), rows, scores);
    }
    // Where the model fixes its rows, as converters do by default for models that were built for one, that many a call.
    long fixed = inputs.stream().mapToLong(InputTensor::batch).max().orElse(-1);
    int count = fixed > 0 ? Math.toIntExact(fixed) : rows;
    for (int first = 0; first < rows || first == 0; first += Math.max(count, 1)) {
      call(first, rows == 0 ? 0 : count, rows);
    }
    for (OutputTensor output : outputs) {
      output.write(rows, scores);
    }
  }

  private void call(int first, int count, int rows) throws ScoringException {
    Complaints complaints = new Complaints();
    resize(count, rows, complaints);
    for (InputTensor input : inputs) {
      check(input.copy(graph, first, count, rows), rows, complaints, "CopyFromBuffer");
    }
    check(graph.invoke(), rows, complaints, "Invoke");
    for (OutputTensor output : outputs) {
      check(output.collect(graph, first, count, rows), rows, complaints, "CopyToBuffer");
    }
  }

  /** Only where the shape changes: the engine then plans its memory anew. */
  private void resize(int count, int rows, Complaints complaints) throws ScoringException {
    List<int[]> wanted = inputs.stream().map(input -> input.shape(count)).toList();
    boolean same = allocated.size() == wanted.size();
    for (int i = 0; same && i < wanted.size(); i++) {
      same = Arrays.equals(wanted.get(i), allocated.get(i));
    }
    if (same) {
      return;
    }
    allocated = List.of();
    for (InputTensor input : inputs) {
      check(graph.resize(input.place(), input.shape(count)), rows, complaints, "ResizeInputTensor");
    }
    check(graph.allocate(), rows, complaints, "AllocateTensors");
    allocated = wanted;
  }

  private void check(int status, int rows, Complaints complaints, String call) throws ScoringException {
    if (status == kTfLiteOk) {
      return;
    }
    allocated = List.of();
    String said = complaints.since(call + " returned TfLiteStatus " + status);
    boolean shape = call.startsWith("Resize") || call.startsWith("Allocate") || call.startsWith("CopyFrom");
    String kind = INVALID.matcher(said).find() ? "invalid-value" : shape ? "shape" : "other";
    throw new ScoringException(rows == 0 ? "empty-batch" : kind, said);
  }

  @Override
  public void close() {
    graph.close();
    TfLiteInterpreterDelete(interpreter);
    TfLiteInterpreterOptionsDelete(settings);
    TfLiteModelDelete(model);
  }
}
