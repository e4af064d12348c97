package parity.xgboostpredictor;

import biz.k11i.xgboost.Predictor;
import parity.harness.Signature;

/** What is asked of the predictor: its prediction, the margin before the link function, or the index of the leaf per tree. */
record Output(String name) {

  boolean isMargin() {
    return name.equals("margin");
  }

  boolean isLeaf() {
    return name.equals("leaf");
  }

  Signature.Output spec(Predictor predictor) {
    return isLeaf()
        ? new Signature.Output(name, "int32", "leaf", null, null)
        : new Signature.Output(name, "float32", kind(predictor.getObjName()), width(predictor), null);
  }

  /** What {@code predict} gives for that objective (XGBoost parameter reference, "Learning Task Parameters"). */
  private String kind(String objective) {
    if (isMargin()) {
      return "margin";
    }
    return switch (objective) {
      case "binary:logistic", "reg:logistic", "multi:softprob" -> "probability";
      case "multi:softmax" -> "label";
      case "binary:logitraw", "rank:pairwise", "rank:ndcg" -> "margin";
      default -> "value";
    };
  }

  private int width(Predictor predictor) {
    boolean label = predictor.getObjName().equals("multi:softmax") && !isMargin();
    return label ? 1 : Math.max(1, predictor.getNumClass());
  }
}
