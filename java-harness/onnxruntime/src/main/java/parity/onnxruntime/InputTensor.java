package parity.onnxruntime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import parity.harness.Column;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Type;

/** One input of a graph: turns the columns that feed it into a row-major tensor of the type that the graph declares. */
final class InputTensor {
  private final String name;
  private final OnnxJavaType type;
  private final long[] shape;
  private ByteBuffer cells = ByteBuffer.allocateDirect(0);

  InputTensor(NodeInfo node) throws ScoringException {
    if (!(node.getInfo() instanceof TensorInfo info)) {
      throw new ScoringException("artifact", "input " + node.getName() + " is " + node.getInfo() + ": only tensors can be fed from columns");
    }
    name = node.getName();
    type = info.type;
    shape = info.getShape();
    typeText();
  }

  String name() {
    return name;
  }

  Signature.Input spec() throws IllegalStateException {
    return new Signature.Input(name, text(), Shapes.width(shape), null);
  }

  private String text() {
    try {
      return typeText();
    } catch (ScoringException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private String typeText() throws ScoringException {
    return switch (type) {
      case FLOAT -> "float32";
      case DOUBLE -> "float64";
      case INT64 -> "int64";
      case INT32, INT16, INT8, UINT8 -> "int32";
      case BOOL -> "bool";
      case STRING -> "string";
      default -> throw new ScoringException("artifact", "input " + name + " takes " + type + ", which no column can feed");
    };
  }
}
