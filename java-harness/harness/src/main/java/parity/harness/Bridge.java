package parity.harness;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the Python worker talks to: one scorer, one block. Used from one thread at a time. */
public final class Bridge implements AutoCloseable {
  private final Scorer scorer;
  private final Signature signature;
  private final Scores scores;
  private Block block;
  private Layout layout;

  Bridge(Scorer scorer) {
    this.scorer = scorer;
    this.signature = scorer.signature();
    this.scores = new Scores(signature);
  }

  /** Loads the artifact. Throws {@link ScoringException} of kind "artifact" where the engine will not have it. */
  public static Bridge open(String scorerClass, String artifact, String[] optionKeys, String[] optionValues) throws ScoringException {
    Map<String, String> options = new LinkedHashMap<>();
    for (int i = 0; i < optionKeys.length; i++) {
      options.put(optionKeys[i], optionValues[i]);
    }
    return new Bridge(scorer(scorerClass, Path.of(artifact), options));
  }

  // The one place with reflection: a runtime is found by the name of its class, and nothing else names it.
  private static Scorer scorer(String name, Path artifact, Map<String, String> options) throws ScoringException {
    try {
      Class<? extends Scorer> type = Class.forName(name).asSubclass(Scorer.class);
      // JAXB looks up its implementation through the thread's loader, which an embedded JVM may have left empty.
      Thread.currentThread().setContextClassLoader(type.getClassLoader());
      return type.getConstructor(Path.class, Map.class).newInstance(artifact, options);
    } catch (InvocationTargetException failed) {
      throw opening(failed.getCause());
    } catch (ReflectiveOperationException | ClassCastException | LinkageError failed) {
      throw new ScoringException("other", "scorer " + name + " cannot be opened: " + failed);
    }
  }

  private static ScoringException opening(Throwable cause) {
    if (cause instanceof ScoringException refusal) {
      return refusal;
    }
    if (cause instanceof OutOfMemoryError) {
      return new ScoringException("out-of-memory", cause);
    }
    return new ScoringException(cause instanceof LinkageError ? "other" : "artifact", cause);
  }

  public String signature() {
    return signature.json();
  }

  /** Maps the block; also called again after the client replaced it by another file or a larger one. */
  public void map(String path, long size) throws IOException {
    block = Block.map(Path.of(path), size);
  }

  /** Per column its name, its type code, the artifact's input that it feeds ("" for none), and the shape of a cell, empty for a single value. */
  public void schema(String[] columnNames, int[] typeCodes, String[] inputNames, int[][] shapes) {
    layout = new Layout(columnNames, typeCodes, inputNames, shapes);
  }

  /**
   * Scores the rows in the block. Returns "" when scored, or when slot 14 says how many bytes the scores need (grow, and call again);
   * else "kind\tmessage": the engine declined the whole batch.
   */
  public String score() {
    Block target = mapped();
    int rows = begin(target);
    try {
      prepare(target, rows);
      long nanoseconds = timed(batch(target, rows));
      target.set(Block.NANOSECONDS, nanoseconds);
      scores.finish(target);
      return "";
    } catch (ScoringException refusal) {
      return refusal.kind() + "\t" + refusal.getMessage();
    } catch (OutOfMemoryError error) {
      return "out-of-memory\t" + ScoringException.text(error);
    } catch (RuntimeException | StackOverflowError | LinkageError error) {
      // A model is called here: whatever an engine throws is an outcome, and the only thing known of it is the text.
      return (rows == 0 ? "empty-batch" : "other") + "\t" + described(error);
    } finally {
      target.set(Block.STATE, Block.SCORED);
    }
  }

  private static String described(Throwable error) {
    String text = ScoringException.text(error);
    String name = error.getClass().getName();
    return text.equals(name) ? text : name + ": " + text;
  }

  private static int begin(Block target) {
    target.set(Block.STATE, Block.SCORING);
    for (int slot = Block.OUTPUTS; slot <= Block.NANOSECONDS; slot++) {
      target.set(slot, 0);
    }
    return target.offset(Block.ROWS);
  }

  private void prepare(Block target, int rows) {
    scores.reset(target.bytes, target.get(Block.SCORES), target.get(Block.SCORES_CAPACITY), rows);
  }

  private Batch batch(Block target, int rows) {
    if (layout == null || layout.names.length != target.get(Block.COLUMNS)) {
      throw new IllegalStateException("the block has " + target.get(Block.COLUMNS) + " columns, but the schema was " + (layout == null ? "not given" : "given for " + layout.names.length));
    }
    return new Batch(layout, target.bytes, target.offset(Block.COLUMN_TABLE), rows);
  }

  private long timed(Batch batch) throws ScoringException {
    long start = System.nanoTime();
    scorer.score(batch, scores);
    return System.nanoTime() - start;
  }

  /**
   * Times the scorer on the first {@code batchRows} rows of the block. Returns warm-up calls, 1 where they settled (else 0), then the
   * nanoseconds of each call; returns nothing at all, and sets slot 14, where the region for scores is too small.
   */
  public long[] time(int batchRows, long warmupRows, long maxWarmupNs, int samples, long maxMeasureNs) throws ScoringException {
    Block target = mapped();
    int rows = begin(target);
    if (batchRows < 1 || batchRows > rows) {
      throw new IllegalArgumentException("cannot time batches of " + batchRows + " rows: the block holds " + rows);
    }
    try {
      Batch batch = batch(target, batchRows);
      prepare(target, batchRows);
      timed(batch);
      if (!scores.finish(target)) {
        return new long[0];
      }
      TimingLoop loop = new TimingLoop(() -> {
        prepare(target, batchRows);
        return timed(batch);
      });
      return loop.run(warmupRows / batchRows, maxWarmupNs, samples, maxMeasureNs);
    } finally {
      target.set(Block.STATE, Block.SCORED);
    }
  }

  private Block mapped() {
    if (block == null) {
      throw new IllegalStateException("no block is mapped: call map first");
    }
    return block;
  }

  /** JSON: the JVM and, where the scorer tells, the engine with its version. */
  public String versions() {
    Map<String, Object> versions = new LinkedHashMap<>();
    for (String property : new String[] {"java.version", "java.vm.name", "java.vm.version", "java.vendor"}) {
      versions.put(property, System.getProperty(property));
    }
    for (String fact : new String[] {"engine", "engine.version"}) {
      versions.put(fact, signature.facts().get(fact));
    }
    return Json.text(versions);
  }

  @Override
  public void close() {
    block = null;
    scorer.close();
  }
}
