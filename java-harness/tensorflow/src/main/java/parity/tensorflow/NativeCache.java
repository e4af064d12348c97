package parity.tensorflow;

import java.nio.file.Path;

/**
 * Where JavaCPP unpacks 650 MB of native code: once for this user and all JVMs, because the files are never written again and JavaCPP
 * itself locks the folder while it writes. Its own default is a folder of that size in the home folder, beside nobody's cache.
 */
final class NativeCache {
  private static final String FOLDER = "org.bytedeco.javacpp.cachedir";

  private NativeCache() {}

  static void choose() {
    if (System.getProperty(FOLDER) == null) {
      String cache = System.getenv("XDG_CACHE_HOME");
      Path base = cache == null || cache.isBlank() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(cache);
      System.setProperty(FOLDER, base.resolve("parity").resolve("javacpp").toString());
    }
  }
}
