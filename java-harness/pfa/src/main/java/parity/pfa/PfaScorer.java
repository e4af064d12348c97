package parity.pfa;

import com.opendatagroup.hadrian.data.AnyPFARecord;
import com.opendatagroup.hadrian.errors.PFAException;
import com.opendatagroup.hadrian.jvmcompiler.PFAEngine;
import com.opendatagroup.hadrian.jvmcompiler.PFAEngine$;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.avro.AvroTypeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import parity.harness.Batch;
import parity.harness.Scorer;
import parity.harness.Scores;
import parity.harness.ScoringException;
import parity.harness.Signature;
import parity.harness.Versions;

/**
 * Hadrian: the document is compiled when it is opened, and its action called once a row with an Avro record, which unlike Hadrian's
 * JSON input can hold NaN. A missing cell is a null, which the document takes where its type is a union with null. Inputs are the
 * fields of the document's record ("input" where it takes no record), outputs those of what it returns (else "output").
 */
public final class PfaScorer implements Scorer {
  private static final String PFA = "0.8.1";

  private final PFAEngine<Object, Object> engine;
  private final Schema schema;
  private final List<Input> inputs = new ArrayList<>();
  private final List<Output> outputs = new ArrayList<>();
  private final Signature signature;

  public PfaScorer(Path artifact, Map<String, String> options) throws ScoringException {
    try {
      String document = Files.readString(artifact, StandardCharsets.UTF_8);
      engine = PFAEngine$.MODULE$.fromJson(document, new HashMap<>(), PFA, null, 1, PfaScorer.class.getClassLoader(), false).get(0);
    } catch (IOException | RuntimeException refusal) {
      // An engine is called here: a document that does not parse or compile comes out as any exception.
      throw new ScoringException("artifact", ScoringException.named(refusal));
    }
    if (!engine.method().toString().equals("MAP")) {
      throw new ScoringException("artifact", "its method is " + engine.method() + "; scored are documents of the method map, one answer a row");
    }
    schema = engine.inputType().avroType().schema();
    read(schema, engine.outputType().avroType().schema());
    signature = new Signature(inputs.stream().map(Input::spec).toList(), outputs.stream().map(Output::spec).toList(), facts());
    engine.begin();
  }

  private void read(Schema takes, Schema gives) throws ScoringException {
    if (takes.getType() == Schema.Type.RECORD) {
      for (Schema.Field field : takes.getFields()) {
        inputs.add(new Input(field.name(), Typed.fed(field.name(), field.schema())));
      }
    } else {
      inputs.add(new Input("input", Typed.fed("input", takes)));
    }
    if (gives.getType() == Schema.Type.RECORD) {
      for (Schema.Field field : gives.getFields()) {
        outputs.add(new Output(field.name(), Typed.of(field.name(), field.schema())));
      }
    } else {
      outputs.add(new Output("output", Typed.of("output", gives)));
    }
  }

  private Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("engine", "Hadrian");
    facts.put("engine.version", Versions.ofMaven(PFAEngine.class, "com.opendatagroup/hadrian"));
    facts.put("document", engine.config().name());
    return facts;
  }

  @Override
  public Signature signature() {
    return signature;
  }

  @Override
  public void score(Batch batch, Scores scores) throws ScoringException {
    for (Input input : inputs) {
      input.bind(batch);
    }
    outputs.forEach(output -> output.begin(scores));
    for (int row = 0; row < batch.rows(); row++) {
      scoreRow(row, scores);
    }
    outputs.forEach(Output::end);
  }

  private void scoreRow(int row, Scores scores) {
    try {
      Object answer = engine.action(engine.fromGenericAvroData(datum(row)));
      for (Output output : outputs) {
        output.write(row, answer instanceof AnyPFARecord record ? record.get(output.spec().name()) : answer);
      }
    } catch (Exception refusal) {
      // An engine is called here, from Scala, which throws checked exceptions that it does not declare.
      Throwable cause = refusal instanceof InvocationTargetException wrapped ? wrapped.getCause() : refusal;
      String kind = kind(cause, row);
      scores.refuse(row, kind, (kind.equals("missing") ? lacked(row) : "") + ScoringException.named(cause));
    }
  }

  // Hadrian's own text is that of a NullPointerException, which names no column.
  private String lacked(int row) {
    String names = inputs.stream().filter(input -> input.lacks(row)).map(input -> input.spec().name()).collect(Collectors.joining(", "));
    return "the document takes no null, and there is one in " + names + ": ";
  }

  private Object datum(int row) {
    if (schema.getType() != Schema.Type.RECORD) {
      return inputs.get(0).cell(row);
    }
    GenericData.Record record = new GenericData.Record(schema);
    for (int i = 0; i < inputs.size(); i++) {
      record.put(i, inputs.get(i).cell(row));
    }
    return record;
  }

  private String kind(Throwable refusal, int row) {
    if (refusal instanceof PFAException) {
      return ScoringException.text(refusal).contains("map key not found") ? "unseen-category" : "other";
    }
    if (inputs.stream().anyMatch(input -> input.lacks(row))) {
      return "missing";
    }
    return refusal instanceof AvroTypeException || refusal instanceof ClassCastException ? "type" : "other";
  }

  @Override
  public void close() {
    engine.end();
  }
}
