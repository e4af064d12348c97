package parity.onnxruntime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import java.util.List;
import parity.harness.Column;
import parity.harness.Element;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.TensorInput;

/** One input of a graph, as the engine takes it. A null String would end the process: rows with one are refused before. */
final class InputTensor {
  private final OnnxJavaType type;
  private final TensorInput input;

  InputTensor(NodeInfo node) throws ScoringException {
    if (!(node.getInfo() instanceof TensorInfo info) || element(info.type) == null) {
      throw new ScoringException("artifact", "input " + node.getName() + " is " + node.getInfo() + ": no column can feed that");
    }
    type = info.type;
    input = new TensorInput(node.getName(), element(type), info.getShape());
  }

  private static Element element(OnnxJavaType type) {
    return switch (type) {
      case FLOAT -> Element.FLOAT32;
      case DOUBLE -> Element.FLOAT64;
      case INT64 -> Element.INT64;
      case INT32 -> Element.INT32;
      case INT16 -> Element.INT16;
      case INT8 -> Element.INT8;
      case UINT8 -> Element.UINT8;
      case BOOL -> Element.BOOL;
      case STRING -> Element.STRING;
      default -> null;
    };
  }

  String name() {
    return input.name();
  }

  Signature.Input spec() {
    return input.spec();
  }

  OnnxTensor tensor(OrtEnvironment environment, List<Column> columns, int rows, Scores scores) throws OrtException, ScoringException {
    input.check(columns);
    long[] dimensions = input.dimensions(columns, rows);
    if (type == OnnxJavaType.STRING) {
      return OnnxTensor.createTensor(environment, input.texts(columns, rows, scores), dimensions);
    }
    return OnnxTensor.createTensor(environment, input.numbers(columns, rows, scores), dimensions, type);
  }
}
