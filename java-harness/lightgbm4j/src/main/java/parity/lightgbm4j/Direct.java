package parity.lightgbm4j;

import com.microsoft.ml.lightgbm.PredictionType;
import com.microsoft.ml.lightgbm.SWIGTYPE_p_double;
import com.microsoft.ml.lightgbm.SWIGTYPE_p_int;
import com.microsoft.ml.lightgbm.SWIGTYPE_p_long_long;
import com.microsoft.ml.lightgbm.SWIGTYPE_p_p_void;
import com.microsoft.ml.lightgbm.SWIGTYPE_p_void;
import com.microsoft.ml.lightgbm.lightgbmlib;
import io.github.metarank.lightgbm4j.LGBMException;
import java.nio.file.Path;

/** LightGBM's own C interface, through the classes that LightGBM4J carries: the same library, with room for as many classes as it has. */
final class Direct implements Predictor {
  private static final int ALL = -1;
  private final SWIGTYPE_p_p_void handle = lightgbmlib.new_voidpp();

  /** The native library has to be loaded before. */
  Direct(Path artifact) throws LGBMException {
    SWIGTYPE_p_int rounds = lightgbmlib.new_intp();
    try {
      check(lightgbmlib.LGBM_BoosterCreateFromModelfile(artifact.toString(), rounds, handle));
    } finally {
      lightgbmlib.delete_intp(rounds);
    }
  }

  private SWIGTYPE_p_void model() {
    return lightgbmlib.voidpp_value(handle);
  }

  private static void check(int status) throws LGBMException {
    if (status != 0) {
      throw new LGBMException(lightgbmlib.LGBM_GetLastError());
    }
  }

  @Override
  public int features() throws LGBMException {
    SWIGTYPE_p_int count = lightgbmlib.new_intp();
    try {
      check(lightgbmlib.LGBM_BoosterGetNumFeature(model(), count));
      return lightgbmlib.intp_value(count);
    } finally {
      lightgbmlib.delete_intp(count);
    }
  }

  @Override
  public double[] predict(PredictionType type, double[] cells, int rows, int columns) throws LGBMException {
    SWIGTYPE_p_double in = lightgbmlib.new_doubleArray(cells.length);
    SWIGTYPE_p_long_long count = lightgbmlib.new_int64_tp();
    try {
      for (int i = 0; i < cells.length; i++) {
        lightgbmlib.doubleArray_setitem(in, i, cells[i]);
      }
      check(lightgbmlib.LGBM_BoosterCalcNumPredict(model(), rows, type.getType(), 0, ALL, count));
      return predict(type, in, rows, columns, count);
    } finally {
      lightgbmlib.delete_doubleArray(in);
      lightgbmlib.delete_int64_tp(count);
    }
  }

  private double[] predict(PredictionType type, SWIGTYPE_p_double in, int rows, int columns, SWIGTYPE_p_long_long count) throws LGBMException {
    double[] predicted = new double[Math.toIntExact(lightgbmlib.int64_tp_value(count))];
    SWIGTYPE_p_double out = lightgbmlib.new_doubleArray(predicted.length);
    try {
      SWIGTYPE_p_void cells = lightgbmlib.double_to_voidp_ptr(in);
      check(lightgbmlib.LGBM_BoosterPredictForMat(
          model(), cells, lightgbmlib.C_API_DTYPE_FLOAT64, rows, columns, 1, type.getType(), 0, ALL, PARAMETERS, count, out));
      for (int i = 0; i < predicted.length; i++) {
        predicted[i] = lightgbmlib.doubleArray_getitem(out, i);
      }
      return predicted;
    } finally {
      lightgbmlib.delete_doubleArray(out);
    }
  }

  @Override
  public void close() throws LGBMException {
    check(lightgbmlib.LGBM_BoosterFree(model()));
    lightgbmlib.delete_voidpp(handle);
  }
}
