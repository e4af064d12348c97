package benchmarks.loops;

import static org.bytedeco.tensorflowlite.global.tensorflowlite.*;

import java.nio.file.Path;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.tensorflowlite.TfLiteInterpreter;
import org.bytedeco.tensorflowlite.TfLiteInterpreterOptions;
import org.bytedeco.tensorflowlite.TfLiteModel;
import org.bytedeco.tensorflowlite.TfLiteTensor;

/** TensorFlow Lite's C API: all rows in one call, on one thread; probabilities and labels. */
public final class TfliteLoop implements Loop {
  private final TfLiteInterpreter interpreter;
  private final float[][] numbers;
  private int allocated;

  public TfliteLoop(Path artifact, Rows rows) {
    TfLiteModel model = TfLiteModelCreateFromFile(artifact.toString());
    TfLiteInterpreterOptions settings = TfLiteInterpreterOptionsCreate();
    TfLiteInterpreterOptionsSetNumThreads(settings, 1);
    interpreter = TfLiteInterpreterCreate(model, settings);
    numbers = rows.floats();
  }

  @Override
  public double[] score() {
    int width = numbers[0].length;
    float[] flat = Rows.flat(numbers);
    if (allocated != numbers.length) {
      TfLiteInterpreterResizeInputTensor(interpreter, 0, new int[] {numbers.length, width}, 2);
      checked(TfLiteInterpreterAllocateTensors(interpreter));
      allocated = numbers.length;
    }
    TfLiteTensor output = TfLiteInterpreterGetOutputTensor(interpreter, 0);
    try (FloatPointer given = new FloatPointer(flat)) {
      checked(TfLiteTensorCopyFromBuffer(TfLiteInterpreterGetInputTensor(interpreter, 0), given, 4L * flat.length));
      checked(TfLiteInterpreterInvoke(interpreter));
    }
    float[] values = new float[(int) (TfLiteTensorByteSize(output) / 4)];
    try (FloatPointer found = new FloatPointer(values.length)) {
      checked(TfLiteTensorCopyToBuffer(output, found, 4L * values.length));
      found.get(values);
    }
    try (LongPointer labels = new LongPointer(numbers.length)) {
      checked(TfLiteTensorCopyToBuffer(TfLiteInterpreterGetOutputTensor(interpreter, 1), labels, 8L * numbers.length));
      labels.get(new long[numbers.length]);
    }
    return Rows.widened(values);
  }

  private static void checked(int status) {
    if (status != kTfLiteOk) {
      throw new IllegalStateException("TfLiteStatus " + status);
    }
  }
}
