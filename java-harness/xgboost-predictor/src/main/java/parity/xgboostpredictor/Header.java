package parity.xgboostpredictor;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import parity.harness.ScoringException;

/** The start of XGBoost's binary format, for what the predictor reads and does not tell: LearnerModelParam of XGBoost 0.4 to 3.0. */
final class Header {
  private static final String MAGIC = "binf"; // may stand in front
  private static final int PARAMETERS = 8; // bytes read: base_score float32, num_feature uint32, little endian

  private static final int TYPE = 7; // bytes

  private Header() {}

  /** Columns that the model was trained on. */
  static int features(Path artifact) throws ScoringException {
    try (DataInputStream stream = new DataInputStream(new BufferedInputStream(Files.newInputStream(artifact)))) {
      skipSpark(stream);
      byte[] start = stream.readNBytes(MAGIC.length() + PARAMETERS);
      int at = new String(start, 0, MAGIC.length(), StandardCharsets.ISO_8859_1).equals(MAGIC) ? MAGIC.length() : 0;
      return ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt(at + Float.BYTES);
    } catch (IOException unreadable) {
      throw new ScoringException("artifact", unreadable);
    }
  }

  /** What older releases of XGBoost4J-Spark wrote in front of a model: its type, names of columns, and a classifier's thresholds. */
  private static void skipSpark(DataInputStream stream) throws IOException {
    stream.mark(TYPE);
    String type = new String(stream.readNBytes(TYPE), StandardCharsets.ISO_8859_1);
    boolean classifier = type.equals("\0\5_cls_");
    if (!classifier && !type.equals("\0\5_reg_")) {
      stream.reset();
      return;
    }
    for (int i = 0; i < (classifier ? 4 : 3); i++) {
      stream.readUTF();
    }
    if (classifier) {
      stream.skipNBytes((long) Double.BYTES * Math.max(0, stream.readInt()));
    }
  }
}
