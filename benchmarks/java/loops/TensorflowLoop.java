package benchmarks.loops;

import java.nio.file.Path;
import java.util.Map;
import org.tensorflow.Result;
import org.tensorflow.SavedModelBundle;
import org.tensorflow.SessionFunction;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.ConfigProto;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TInt64;

/** TensorFlow Java: one tensor of all rows through the function serving_default, probabilities and labels read. */
public final class TensorflowLoop implements Loop {
  private final SessionFunction function;
  private final String input;
  private final float[][] numbers;

  public TensorflowLoop(Path artifact, Rows rows) {
    ConfigProto single = ConfigProto.newBuilder().setIntraOpParallelismThreads(1).setInterOpParallelismThreads(1).build();
    function = SavedModelBundle.loader(artifact.toString()).withTags("serve").withConfigProto(single).load().function("serving_default");
    input = function.signature().inputNames().iterator().next();
    numbers = rows.floats();
  }

  @Override
  public double[] score() {
    int width = numbers[0].length;
    float[] flat = Rows.flat(numbers);
    try (TFloat32 given = TFloat32.tensorOf(Shape.of(numbers.length, width), DataBuffers.of(flat, true, false));
        Result result = function.call(Map.of(input, given))) {
      TFloat32 answer = (TFloat32) result.get("probability").orElseThrow();
      float[] values = new float[(int) answer.size()];
      answer.copyTo(DataBuffers.of(values, false, false));
      TInt64 found = (TInt64) result.get("label").orElseThrow();
      found.copyTo(DataBuffers.of(new long[(int) found.size()], false, false));
      return Rows.widened(values);
    }
  }
}
