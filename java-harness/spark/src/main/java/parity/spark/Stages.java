package parity.spark;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.feature.RFormulaModel;
import org.apache.spark.ml.feature.StringIndexerModel;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;

/** The stages of a pipeline in order, pipelines inside pipelines and the best of a search taken apart, and the columns that they name. */
final class Stages {
  private static final List<String> TAKEN = List.of("inputCol", "inputCols", "featuresCol", "userCol", "itemCol", "itemsCol");

  private final List<Transformer> all = new ArrayList<>();

  Stages(Transformer root) {
    add(root);
  }

  private void add(Transformer stage) {
    if (stage instanceof PipelineModel pipeline) {
      for (Transformer one : pipeline.stages()) {
        add(one);
      }
    } else if (stage instanceof CrossValidatorModel search) {
      add(search.bestModel());
    } else if (stage instanceof TrainValidationSplitModel search) {
      add(search.bestModel());
    } else if (stage instanceof RFormulaModel formula) {
      add(formula.pipelineModel());
    } else {
      all.add(stage);
    }
  }

  /** Without those that make the target: the model's own saved pipeline has them, and nobody who scores has a target. */
  List<Transformer> scoring() {
    return all.stream().filter(stage -> !makesTarget(stage)).toList();
  }

  /** The indexer whose only use is the target of a classifier; null where there is none. Its labels are the names of the classes. */
  StringIndexerModel ofTarget() {
    return (StringIndexerModel) all.stream().filter(this::makesTarget).findFirst().orElse(null);
  }

  /** The stage that people call the model: the last that takes features, else the last of all. */
  Transformer model() {
    Transformer found = all.get(all.size() - 1);
    for (Transformer stage : all) {
      found = stage.hasParam("featuresCol") ? stage : found;
    }
    return found;
  }

  private boolean makesTarget(Transformer stage) {
    if (!(stage instanceof StringIndexerModel)) {
      return false;
    }
    Set<String> made = new HashSet<>(names(stage, "outputCol", "outputCols"));
    // Set by default beside the names of several columns, and then no column.
    boolean taken = all.stream().anyMatch(other -> taken(other).stream().anyMatch(made::contains));
    return !taken && all.stream().anyMatch(other -> names(other, "labelCol").stream().anyMatch(made::contains));
  }

  /** The columns that a stage reads when it transforms. */
  static Set<String> taken(Transformer stage) {
    return names(stage, TAKEN.toArray(new String[0]));
  }

  /** The values of those of the parameters that the stage has and that are given, by default too. */
  static Set<String> names(Transformer stage, String... parameters) {
    Set<String> found = new LinkedHashSet<>();
    for (String parameter : parameters) {
      if (stage.hasParam(parameter)) {
        Param<Object> param = stage.getParam(parameter);
        Object value = stage.isDefined(param) ? stage.getOrDefault(param) : null;
        if (value instanceof String[] several) {
          found.addAll(List.of(several));
        } else if (value instanceof String one && !one.isEmpty()) {
          found.add(one);
        }
      }
    }
    return found;
  }
}
