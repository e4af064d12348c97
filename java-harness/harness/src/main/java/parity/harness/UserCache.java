package parity.harness;

import java.nio.file.Path;

/** The folder of this user where engines unpack their native code once, for all JVMs; their own defaults lie elsewhere in the home folder. */
public final class UserCache {
  private UserCache() {}

  /** Sets a system property to the folder {@code name} of the cache, where neither it nor the environment's variable says another. */
  public static void choose(String property, String name) {
    if (System.getProperty(property) == null && System.getenv(property) == null) {
      String cache = System.getenv("XDG_CACHE_HOME");
      Path base = cache == null || cache.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
      System.setProperty(property, base.resolve("parity").resolve(name).toString());
    }
  }
}
