package parity.spark;

import org.apache.spark.sql.SparkSession;

/**
 * Spark inside this JVM: one thread, no web page, no port that another machine could reach, and what it writes in the JVM's own
 * temporary folder. A JVM has one session, for all scorers in it; Spark ends it when the JVM ends.
 */
final class LocalSpark {
  private LocalSpark() {}

  static SparkSession session() {
    String folder = System.getProperty("java.io.tmpdir");
    return SparkSession.builder()
        .appName("parity")
        .master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.local.dir", folder)
        .config("spark.sql.warehouse.dir", folder + "/warehouse")
        // A model's files are as many partitions as were written; what they hold is read once, and small.
        .config("spark.sql.shuffle.partitions", "1")
        .getOrCreate();
  }
}
