package benchmarks.loops;

import ai.djl.Device;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoopTranslator;
import java.nio.file.Path;

/** DJL with its PyTorch engine: one array of all rows. */
public final class PytorchLoop implements Loop {
  private final ZooModel<NDList, NDList> model;
  private final Predictor<NDList, NDList> predictor;
  private final float[][] numbers;

  public PytorchLoop(Path artifact, Rows rows) throws Exception {
    model = Criteria.builder().setTypes(NDList.class, NDList.class).optModelPath(artifact).optEngine("PyTorch").optDevice(Device.cpu())
        .optTranslator(new NoopTranslator()).build().loadModel();
    predictor = model.newPredictor();
    numbers = rows.floats();
  }

  @Override
  public double[] score() throws Exception {
    int width = numbers[0].length;
    float[] flat = Rows.flat(numbers);
    try (NDManager manager = model.getNDManager().newSubManager();
        NDList result = predictor.predict(new NDList(manager.create(flat, new Shape(numbers.length, width))))) {
      return Rows.widened(result.get(0).toFloatArray());
    }
  }
}
