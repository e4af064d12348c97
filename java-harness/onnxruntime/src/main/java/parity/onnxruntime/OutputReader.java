package parity.onnxruntime;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxMap;
import ai.onnxruntime.OnnxSequence;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.SequenceInfo;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;

/** Reads one output of a graph into the scores. */
interface OutputReader {
  Signature.Output spec();

  void read(OnnxValue value, int rows, Scores scores) throws OrtException, ScoringException;

  /** @param classes the classes of each ZipMap in the file, by the name of its output */
  static List<OutputReader> of(Collection<NodeInfo> nodes, Map<String, List<?>> classes) throws ScoringException {
    List<OutputReader> readers = new ArrayList<>();
    for (NodeInfo node : nodes) {
      readers.add(of(node, nodes.size() > 1, classes.get(node.getName())));
    }
    return readers;
  }

  private static OutputReader of(NodeInfo node, boolean hasSiblings, List<?> classes) throws ScoringException {
    String name = node.getName();
    if (node.getInfo() instanceof TensorInfo info && Types.outputType(info.type) != null) {
      String type = Types.outputType(info.type);
      // A class that stands beside its scores; alone, a whole number may be anything.
      String kind = hasSiblings && !type.startsWith("float") ? "label" : null;
      return new Tensor(new Signature.Output(name, type, kind, Signature.Output.widthOf(info.getShape()), null));
    }
    if (node.getInfo() instanceof SequenceInfo info && info.isSequenceOfMaps() && classes != null) {
      return new ZipMap(new Signature.Output(name, "float32", null, classes.size(), classes));
    }
    throw new ScoringException("artifact", "output " + name + " is " + node.getInfo() + ": only tensors and the output of a ZipMap node are read");
  }

  /** A tensor whose first dimension counts the rows. */
  record Tensor(Signature.Output spec) implements OutputReader {
    @Override
    public void read(OnnxValue value, int rows, Scores scores) throws OrtException, ScoringException {
      OnnxTensor tensor = (OnnxTensor) value;
      TensorInfo info = tensor.getInfo();
      int width = width(info.getShape(), rows);
      switch (info.type) {
        case DOUBLE -> scores.doubles(spec.name(), width).put(tensor.getDoubleBuffer());
        case INT64 -> scores.longs(spec.name(), width).put(tensor.getLongBuffer());
        case INT32 -> scores.ints(spec.name(), width).put(tensor.getIntBuffer());
        case INT16 -> widen(tensor.getShortBuffer(), scores.ints(spec.name(), width));
        case INT8 -> widen(tensor.getByteBuffer(), -1, scores.ints(spec.name(), width));
        case UINT8 -> widen(tensor.getByteBuffer(), 0xff, scores.ints(spec.name(), width));
        case BOOL -> scores.bools(spec.name(), width).put(tensor.getByteBuffer());
        case STRING -> scores.strings(spec.name(), width, texts(tensor.getValue()));
        default -> scores.floats(spec.name(), width).put(tensor.getFloatBuffer());
      }
    }

    private int width(long[] shape, int rows) throws ScoringException {
      if ((shape.length == 0 ? 1 : shape[0]) != rows) {
        throw new ScoringException("shape", "output " + spec.name() + " has shape " + Arrays.toString(shape) + " for " + rows + " rows");
      }
      return Signature.Output.widthOf(shape);
    }

    private static void widen(ShortBuffer from, IntBuffer to) {
      while (from.hasRemaining()) {
        to.put(from.get());
      }
    }

    private static void widen(ByteBuffer from, int mask, IntBuffer to) {
      while (from.hasRemaining()) {
        to.put(from.get() & mask);
      }
    }

    // Text comes as String, String[] or nested arrays of it.
    private static String[] texts(Object nested) {
      List<String> texts = new ArrayList<>();
      flatten(nested, texts);
      return texts.toArray(new String[0]);
    }

    private static void flatten(Object nested, List<String> texts) {
      if (nested instanceof Object[] array) {
        for (Object element : array) {
          flatten(element, texts);
        }
      } else {
        texts.add((String) nested);
      }
    }
  }

  /** A list of one map per row, from class to float (the operator knows no other type): becomes one column per class. */
  record ZipMap(Signature.Output spec) implements OutputReader {
    @Override
    public void read(OnnxValue value, int rows, Scores scores) throws OrtException, ScoringException {
      List<? extends OnnxValue> maps = ((OnnxSequence) value).getValue();
      if (maps.size() != rows) {
        throw new ScoringException("shape", "output " + spec.name() + " has " + maps.size() + " maps for " + rows + " rows");
      }
      FloatBuffer out = scores.floats(spec.name(), spec.width());
      for (OnnxValue each : maps) {
        Map<?, ?> row = ((OnnxMap) each).getValue();
        for (Object label : spec.classes()) {
          out.put((Float) row.get(label));
        }
        each.close();
      }
    }
  }
}
