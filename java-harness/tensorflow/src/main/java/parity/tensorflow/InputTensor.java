package parity.tensorflow;

import java.nio.ByteBuffer;
import java.util.List;
import org.tensorflow.Tensor;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.ndarray.buffer.DataBuffers;
import org.tensorflow.proto.DataType;
import org.tensorflow.types.TBool;
import org.tensorflow.types.TFloat32;
import org.tensorflow.types.TFloat64;
import org.tensorflow.types.TInt32;
import org.tensorflow.types.TInt64;
import org.tensorflow.types.TString;
import org.tensorflow.types.TUint8;
import org.tensorflow.types.family.TType;
import parity.harness.Column;
import parity.harness.Element;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.TensorInput;

/**
 * One input of a signature, as the engine takes it. Its numbers go through an array of bytes, which the engine copies as a whole: a buffer
 * it would copy byte by byte.
 */
final class InputTensor {
  private final TensorInput input;
  private byte[] bytes = {};

  InputTensor(String name, org.tensorflow.Signature.TensorDescription description) throws ScoringException {
    Element element = element(description.dataType);
    if (element == null) {
      throw new ScoringException("artifact", "input " + name + " is " + description.dataType + ": no column can feed that");
    }
    Shape shape = description.shape;
    // Of a tensor of any rank the engine tells none: it is taken for a matrix, as most are.
    input = new TensorInput(name, element, shape.isUnknown() ? new long[] {-1, -1} : shape.asArray());
  }

  private static Element element(DataType type) {
    return switch (type) {
      case DT_FLOAT -> Element.FLOAT32;
      case DT_DOUBLE -> Element.FLOAT64;
      case DT_INT64 -> Element.INT64;
      case DT_INT32 -> Element.INT32;
      case DT_UINT8 -> Element.UINT8;
      case DT_BOOL -> Element.BOOL;
      case DT_STRING -> Element.STRING;
      default -> null;
    };
  }

  String name() {
    return input.name();
  }

  Signature.Input spec() {
    return input.spec();
  }

  Tensor tensor(List<Column> columns, int rows, Scores scores) throws ScoringException {
    input.check(columns);
    Shape shape = Shape.of(input.dimensions(columns, rows));
    if (input.element() == Element.STRING) {
      return TString.tensorOf(shape, DataBuffers.ofObjects(input.texts(columns, rows, scores)));
    }
    ByteBuffer numbers = input.numbers(columns, rows, scores);
    int length = numbers.remaining();
    if (bytes.length < length) {
      bytes = new byte[length];
    }
    numbers.get(bytes, 0, length);
    return Tensor.of(type(), shape, DataBuffers.of(bytes, true, false).narrow(length));
  }

  private Class<? extends TType> type() {
    return switch (input.element()) {
      case FLOAT64 -> TFloat64.class;
      case INT64 -> TInt64.class;
      case INT32 -> TInt32.class;
      case UINT8 -> TUint8.class;
      case BOOL -> TBool.class;
      default -> TFloat32.class;
    };
  }
}
