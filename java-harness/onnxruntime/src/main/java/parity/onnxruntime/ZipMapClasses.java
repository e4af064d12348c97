package parity.onnxruntime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjIntConsumer;
import parity.harness.ScoringException;

/**
 * The classes that ZipMap nodes name, which the engine tells only with the first scored row. They stand in the file as protobuf
 * (onnx.proto: ModelProto.graph 7, GraphProto.node 1, NodeProto.output 2, op_type 4, attribute 5, AttributeProto.name 1, ints 8, strings 9).
 */
final class ZipMapClasses {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;

  private ZipMapClasses() {}

  /** Classes (Long or String) in the node's own order, by the name of the node's output. */
  static Map<String, List<?>> read(Path model) throws ScoringException {
    try (FileChannel channel = FileChannel.open(model)) {
      Map<String, List<?>> classes = new HashMap<>();
      ByteBuffer file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
      each(file, 7, graph -> each(graph, 1, node -> addNode(classes, node)));
      return classes;
    } catch (IOException unreadable) {
      throw new ScoringException("artifact", unreadable);
    }
  }

  private static void addNode(Map<String, List<?>> classes, ByteBuffer node) {
    if (texts(node, 4).contains("ZipMap")) {
      List<Object> labels = new ArrayList<>();
      each(node, 5, attribute -> addLabels(labels, attribute));
      classes.put(texts(node, 2).get(0), labels);
    }
  }

  private static void addLabels(List<Object> labels, ByteBuffer attribute) {
    if (texts(attribute, 1).contains("classlabels_strings")) {
      labels.addAll(texts(attribute, 9));
    } else {
      fields(attribute, (field, number) -> {
        if (number == 8) {
          addVarints(labels, field);
        }
      });
    }
  }

  // Repeated numbers come one by one or packed; both are varints one after the other.
  private static void addVarints(List<Object> labels, ByteBuffer field) {
    while (field.hasRemaining()) {
      labels.add(varint(field));
    }
  }

  private static List<String> texts(ByteBuffer message, int wanted) {
    List<String> texts = new ArrayList<>();
    each(message, wanted, field -> texts.add(StandardCharsets.UTF_8.decode(field).toString()));
    return texts;
  }

  private static void each(ByteBuffer message, int wanted, java.util.function.Consumer<ByteBuffer> action) {
    fields(message, (field, number) -> {
      if (number == wanted) {
        action.accept(field);
      }
    });
  }

  private static void fields(ByteBuffer message, ObjIntConsumer<ByteBuffer> action) {
    ByteBuffer rest = message.duplicate();
    while (rest.hasRemaining()) {
      int tag = (int) varint(rest);
      int start = rest.position();
      int length = length(rest, tag & 7);
      int from = (tag & 7) == BYTES ? rest.position() : start;
      action.accept(rest.slice(from, length), tag >>> 3);
      rest.position(from + length);
    }
  }

  private static int length(ByteBuffer rest, int wire) {
    return switch (wire) {
      case VARINT -> varintLength(rest.duplicate());
      case FIXED64 -> 8;
      case FIXED32 -> 4;
      case BYTES -> (int) varint(rest);
      default -> throw new IllegalArgumentException("wire type " + wire + " is not protobuf");
    };
  }

  private static int varintLength(ByteBuffer copy) {
    int start = copy.position();
    varint(copy);
    return copy.position() - start;
  }

  private static long varint(ByteBuffer bytes) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = bytes.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
