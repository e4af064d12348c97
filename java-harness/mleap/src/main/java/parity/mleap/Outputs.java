package parity.mleap;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import ml.combust.mleap.core.classification.ClassificationModel;
import ml.combust.mleap.core.types.Socket;
import ml.combust.mleap.core.types.StructField;
import ml.combust.mleap.runtime.frame.Transformer;
import ml.combust.mleap.runtime.javadsl.LeapFrameSupport;
import ml.combust.mleap.runtime.transformer.Pipeline;
import parity.harness.ScoringException;
import parity.harness.Signature;
import scala.collection.JavaConverters;

/** The output fields of a bundle: those that no stage takes, and what kind each is by the port of the stage that gives it. */
final class Outputs {
  private final Map<String, String> kinds = new HashMap<>();
  private final Set<String> taken = new HashSet<>();

  private Outputs(Transformer root) {
    walk(root);
  }

  static List<Output> of(Transformer root, boolean all, LeapFrameSupport support) throws ScoringException {
    Outputs stages = new Outputs(root);
    List<Output> outputs = new ArrayList<>();
    for (StructField field : support.getFields(root.outputSchema())) {
      if (all || !stages.taken.contains(field.name())) {
        String type = Types.name(field.dataType());
        Integer width = Types.width(field);
        outputs.add(new Output(new Signature.Output(field.name(), type, stages.kinds.get(field.name()), width, null)));
      }
    }
    if (outputs.isEmpty()) {
      throw new ScoringException("artifact", "the bundle has no output");
    }
    return outputs;
  }

  private void walk(Transformer stage) {
    if (stage instanceof Pipeline pipeline) {
      JavaConverters.seqAsJavaList(pipeline.transformers()).forEach(this::walk);
      return;
    }
    for (Socket socket : JavaConverters.asJavaCollection(stage.shape().inputs().values())) {
      taken.add(socket.name());
    }
    for (Socket socket : JavaConverters.asJavaCollection(stage.shape().outputs().values())) {
      kinds.put(socket.name(), kind(socket.port(), stage.model() instanceof ClassificationModel));
    }
  }

  private static String kind(String port, boolean classifier) {
    return switch (port) {
      case "probability" -> "probability";
      case "raw_prediction" -> "margin";
      case "prediction" -> classifier ? "label" : "value";
      default -> null;
    };
  }
}
