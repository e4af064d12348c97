package parity.lightgbm4j;

import static com.microsoft.ml.lightgbm.PredictionType.C_API_PREDICT_LEAF_INDEX;
import static com.microsoft.ml.lightgbm.PredictionType.C_API_PREDICT_NORMAL;
import static com.microsoft.ml.lightgbm.PredictionType.C_API_PREDICT_RAW_SCORE;

import com.microsoft.ml.lightgbm.PredictionType;
import parity.harness.Signature;

/** What is asked of LightGBM: its prediction, the margin before the link function, or the index of the leaf per tree. */
enum Asked {
  PREDICTION(C_API_PREDICT_NORMAL),
  MARGIN(C_API_PREDICT_RAW_SCORE),
  LEAF(C_API_PREDICT_LEAF_INDEX);

  final PredictionType type;

  Asked(PredictionType type) {
    this.type = type;
  }

  Signature.Output spec(ModelText text) {
    return switch (this) {
      case PREDICTION -> new Signature.Output("prediction", "float64", text.kind(), text.width(), null);
      case MARGIN -> new Signature.Output("margin", "float64", "margin", text.width(), null);
      // LightGBM hands leaves over as doubles; they are whole numbers.
      case LEAF -> new Signature.Output("leaf", "int32", "leaf", text.trees(), null);
    };
  }
}
