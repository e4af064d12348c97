package parity.javasource;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import parity.harness.ScoringException;

/** The one {@code score(double[])} of the compiled classes, called by its handle: a call without boxing. */
record ScoreMethod(String className, boolean givesOne, MethodHandle handle) {

  /** Throws "artifact" where there is no such method, or where there are several. */
  static ScoreMethod find(List<Class<?>> classes) throws ScoringException {
    List<Method> found = classes.stream().flatMap(ScoreMethod::candidates).toList();
    if (found.size() != 1) {
      String names = String.join(", ", classes.stream().limit(5).map(Class::getName).toList());
      throw new ScoringException(
          "artifact", "wanted one `static double score(double[])` or `static double[] score(double[])`, found " + found.size()
              + " in the classes " + names);
    }
    return link(found.get(0));
  }

  private static Stream<Method> candidates(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> method.getName().equals("score") && Modifier.isStatic(method.getModifiers()))
        .filter(method -> Arrays.equals(method.getParameterTypes(), new Class<?>[] {double[].class}))
        .filter(method -> method.getReturnType() == double.class || method.getReturnType() == double[].class);
  }

  private static ScoreMethod link(Method method) throws ScoringException {
    Class<?> owner = method.getDeclaringClass();
    try {
      MethodHandle handle = MethodHandles.privateLookupIn(owner, MethodHandles.lookup()).unreflect(method);
      return new ScoreMethod(owner.getName(), method.getReturnType() == double.class, handle);
    } catch (IllegalAccessException refusal) {
      throw new ScoringException("artifact", refusal);
    }
  }

  /** What the code answers, null included. Throws "shape" or "other", with its own message, where it throws. */
  double[] score(double[] values) throws ScoringException {
    try {
      return givesOne ? new double[] {(double) handle.invokeExact(values)} : (double[]) handle.invokeExact(values);
    } catch (Error fatal) {
      throw fatal;
    } catch (ArrayIndexOutOfBoundsException refusal) {
      throw new ScoringException("shape", refusal);
    } catch (Throwable refusal) {
      // A model is called here: its code may throw anything.
      throw new ScoringException("other", refusal);
    }
  }
}
