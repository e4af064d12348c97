package parity.tflite;

import static org.bytedeco.tensorflowlite.global.tensorflowlite.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.tensorflowlite.TfLiteIntArray;
import org.bytedeco.tensorflowlite.TfLiteQuantizationParams;
import org.bytedeco.tensorflowlite.TfLiteTensor;
import parity.harness.Element;
import parity.harness.ScoringException;

/**
 * How a tensor stores its numbers. Whole numbers with a scale stand for real ones, real = scale * (stored - zero): they are fed and read
 * as real numbers, rounded as the engine's own QUANTIZE rounds (half away from zero), because that is what the artifact declares.
 */
record Stored(Element element, float scale, int zero) {
  static Stored of(TfLiteTensor tensor, String name) throws ScoringException {
    Element element = switch (tensor.type()) {
      case kTfLiteFloat32 -> Element.FLOAT32;
      case kTfLiteFloat64 -> Element.FLOAT64;
      case kTfLiteInt64 -> Element.INT64;
      case kTfLiteInt32 -> Element.INT32;
      case kTfLiteInt16 -> Element.INT16;
      case kTfLiteInt8 -> Element.INT8;
      case kTfLiteUInt8 -> Element.UINT8;
      case kTfLiteBool -> Element.BOOL;
      default -> throw new ScoringException("artifact", name + " is " + TfLiteTypeGetName(tensor.type()).getString() + ": only numbers and truth cross");
    };
    TfLiteQuantizationParams quantised = TfLiteTensorQuantizationParams(tensor);
    boolean real = quantised.scale() != 0 && (element == Element.INT8 || element == Element.UINT8 || element == Element.INT16);
    return new Stored(element, real ? quantised.scale() : 0, real ? quantised.zero_point() : 0);
  }

  /** What columns feed. */
  Element fed() {
    return isReal() ? Element.FLOAT32 : element;
  }

  boolean isReal() {
    return scale != 0;
  }

  /** Real numbers as they are stored: NaN becomes the stored zero, as a cast to a whole number makes it. */
  ByteBuffer quantised(ByteBuffer real) {
    int count = real.remaining() / Float.BYTES;
    ByteBuffer stored = ByteBuffer.allocateDirect(count * element.bytes()).order(ByteOrder.nativeOrder());
    int lowest = element == Element.UINT8 ? 0 : element == Element.INT16 ? Short.MIN_VALUE : Byte.MIN_VALUE;
    int highest = element == Element.UINT8 ? 255 : element == Element.INT16 ? Short.MAX_VALUE : Byte.MAX_VALUE;
    for (int i = 0; i < count; i++) {
      long whole = Math.max(lowest, Math.min(highest, away(real.getFloat(i * Float.BYTES) / scale) + zero));
      if (element == Element.INT16) {
        stored.putShort((short) whole);
      } else {
        stored.put((byte) whole);
      }
    }
    return stored.flip();
  }

  private static long away(float value) {
    // Beyond 2^31 it is clamped anyway; a wider sum would overflow.
    double limited = Math.max(-0x1p31, Math.min(0x1p31, value));
    return (long) Math.copySign(Math.floor(Math.abs(limited) + 0.5), limited);
  }

  float real(long stored) {
    return scale * (stored - zero);
  }

  /** The declared shape, negative where any length will do; what the tensor has now where the model declares none. */
  static long[] shape(TfLiteTensor tensor) {
    TfLiteIntArray declared = tensor.dims_signature();
    TfLiteIntArray used = declared == null || declared.isNull() || declared.size() == 0 ? tensor.dims() : declared;
    long[] shape = new long[used.size()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = used.data(i);
    }
    return shape;
  }
}
