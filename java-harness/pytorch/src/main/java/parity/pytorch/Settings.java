package parity.pytorch;

import parity.harness.UserCache;

/**
 * What DJL has to be told before its first class is loaded. It unpacks 430 MB of libtorch once for this user (into a folder beside it,
 * which is then renamed: two JVMs do not disturb each other), and neither fetches anything nor reports that it was used.
 */
final class Settings {
  private Settings() {}

  static void choose(String threads, String optimizer) {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    UserCache.choose("DJL_CACHE_DIR", "djl");
    System.setProperty("ai.djl.pytorch.num_threads", threads);
    System.setProperty("ai.djl.pytorch.num_interop_threads", threads);
    if (optimizer != null) {
      System.setProperty("ai.djl.pytorch.graph_optimizer", optimizer);
    }
  }
}
