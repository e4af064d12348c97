package benchmarks.loops;

import com.opendatagroup.hadrian.jvmcompiler.PFAEngine;
import com.opendatagroup.hadrian.jvmcompiler.PFAEngine$;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;

/** Hadrian: an Avro record per row, {@code action}. */
public final class PfaLoop implements Loop {
  private final PFAEngine<Object, Object> engine;
  private final Schema schema;
  private final Rows rows;

  public PfaLoop(Path artifact, Rows rows) throws IOException {
    engine = PFAEngine$.MODULE$.fromJson(Files.readString(artifact), new HashMap<>(), "0.8.1", null, 1, PfaLoop.class.getClassLoader(), false).get(0);
    schema = engine.inputType().avroType().schema();
    engine.begin();
    this.rows = rows;
  }

  @Override
  public double[] score() {
    double[] scores = new double[rows.count()];
    for (int row = 0; row < scores.length; row++) {
      double[] numbers = rows.numbers()[row];
      GenericData.Record record = new GenericData.Record(schema);
      for (int i = 0; i < numbers.length; i++) {
        record.put(i, numbers[i]);
      }
      scores[row] = (double) engine.action(engine.fromGenericAvroData(record));
    }
    return scores;
  }
}
