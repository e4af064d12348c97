package parity.tflite;

import static org.bytedeco.tensorflowlite.global.tensorflowlite.*;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.tensorflowlite.TfLiteInterpreter;
import org.bytedeco.tensorflowlite.TfLiteSignatureRunner;
import org.bytedeco.tensorflowlite.TfLiteTensor;
import parity.harness.ScoringException;

/** What is called: a signature of the model, which has names, or the model's first graph, whose names are those of its tensors. */
final class Graph implements AutoCloseable {
  private final TfLiteInterpreter interpreter;
  private final TfLiteSignatureRunner runner;
  private final List<String> inputs = new ArrayList<>();
  private final List<String> outputs = new ArrayList<>();

  /** @param wanted the name of a signature; null for serving_default, the only one, or none where the model has none */
  Graph(TfLiteInterpreter interpreter, String wanted) throws ScoringException {
    this.interpreter = interpreter;
    List<String> known = new ArrayList<>();
    for (int i = 0; i < TfLiteInterpreterGetSignatureCount(interpreter); i++) {
      known.add(TfLiteInterpreterGetSignatureKey(interpreter, i).getString());
    }
    String key = wanted != null ? wanted : known.isEmpty() || known.contains("serving_default") ? "serving_default" : known.get(0);
    if (!known.contains(key) && (wanted != null || known.size() > 1)) {
      throw new ScoringException("artifact", "the model has no signature " + key + ": it has " + (known.isEmpty() ? "none" : String.join(", ", known)) + "; name one of them as the option signature");
    }
    runner = known.contains(key) ? TfLiteInterpreterGetSignatureRunner(interpreter, key) : null;
    if (runner != null) {
      for (int i = 0; i < TfLiteSignatureRunnerGetInputCount(runner); i++) {
        inputs.add(TfLiteSignatureRunnerGetInputName(runner, i).getString());
      }
      for (int i = 0; i < TfLiteSignatureRunnerGetOutputCount(runner); i++) {
        outputs.add(TfLiteSignatureRunnerGetOutputName(runner, i).getString());
      }
      return;
    }
    for (int i = 0; i < TfLiteInterpreterGetInputTensorCount(interpreter); i++) {
      inputs.add(TfLiteInterpreterGetInputTensor(interpreter, i).name().getString());
    }
    for (int i = 0; i < TfLiteInterpreterGetOutputTensorCount(interpreter); i++) {
      outputs.add(TfLiteInterpreterGetOutputTensor(interpreter, i).name().getString());
    }
  }

  List<String> inputs() {
    return inputs;
  }

  List<String> outputs() {
    return outputs;
  }

  TfLiteTensor input(int place) {
    return runner == null ? TfLiteInterpreterGetInputTensor(interpreter, place) : TfLiteSignatureRunnerGetInputTensor(runner, inputs.get(place));
  }

  TfLiteTensor output(int place) {
    return runner == null ? TfLiteInterpreterGetOutputTensor(interpreter, place) : TfLiteSignatureRunnerGetOutputTensor(runner, outputs.get(place));
  }

  int resize(int place, int[] shape) {
    return runner == null
        ? TfLiteInterpreterResizeInputTensor(interpreter, place, shape, shape.length)
        : resized(inputs.get(place), shape);
  }

  private int resized(String name, int[] shape) {
    try (IntPointer dimensions = new IntPointer(shape)) {
      return TfLiteSignatureRunnerResizeInputTensor(runner, name, dimensions, shape.length);
    }
  }

  int allocate() {
    return runner == null ? TfLiteInterpreterAllocateTensors(interpreter) : TfLiteSignatureRunnerAllocateTensors(runner);
  }

  int invoke() {
    return runner == null ? TfLiteInterpreterInvoke(interpreter) : TfLiteSignatureRunnerInvoke(runner);
  }

  @Override
  public void close() {
    if (runner != null) {
      TfLiteSignatureRunnerDelete(runner);
    }
  }
}
