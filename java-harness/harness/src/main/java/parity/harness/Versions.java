package parity.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The version of an engine, as the jar of one of its classes tells it: "unknown" where it does not. */
public final class Versions {
  private static final String UNKNOWN = "unknown";

  private Versions() {}

  /** From what Maven leaves in a jar; {@code project} is "group/artifact". */
  public static String ofMaven(Class<?> engine, String project) {
    return ofProperties(engine, "/META-INF/maven/" + project + "/pom.properties");
  }

  /** From the key "version" of a properties file in the jar. */
  public static String ofProperties(Class<?> engine, String resource) {
    Properties properties = new Properties();
    try (InputStream stream = engine.getResourceAsStream(resource)) {
      if (stream != null) {
        properties.load(stream);
      }
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    return properties.getProperty("version", UNKNOWN);
  }

  /** From the jar's manifest. */
  public static String ofManifest(Class<?> engine) {
    String version = engine.getPackage().getImplementationVersion();
    return version == null ? UNKNOWN : version;
  }

  /** From the name of the jar, where it says nothing inside. The first group of {@code name} is the version. */
  public static String ofFileName(Class<?> engine, Pattern name) {
    Matcher jar = name.matcher(engine.getProtectionDomain().getCodeSource().getLocation().getPath());
    return jar.find() ? jar.group(1) : UNKNOWN;
  }
}
