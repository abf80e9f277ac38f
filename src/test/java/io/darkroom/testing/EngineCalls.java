package io.darkroom.testing;

import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Counts the calls from Java into libtorch. DJL makes all of them through the native methods of one
 * class, {@code ai.djl.pytorch.jni.PyTorchLibrary}; each place in its package that calls one of
 * them is made to count it first, by an agent that this JVM loads into itself.
 *
 * <p>The JVM must allow that: {@code -Djdk.attach.allowAttachSelf=true}.
 */
public final class EngineCalls {
  private static final String PACKAGE = "ai/djl/pytorch/jni/";
  private static final String LIBRARY = PACKAGE + "PyTorchLibrary";
  private static final String TENSOR = "ai/djl/pytorch/engine/PtNDArray";
  private static final String VALUE = PACKAGE + "IValue";
  private static final String HANDLE = "ai/djl/util/NativeResource";
  private static final Map<String, LongAdder> COUNTS = new ConcurrentHashMap<>();

  /** Frees memory that no kernel of a later step waits for. */
  private static final Set<String> FREEING =
      Set.of("torchDeleteTensor", "torchDeleteIValue", "torchDeleteModule", "torchDeleteIndex");

  /** Reads a field of a tensor's header, which lies on the host and is known at once. */
  private static final Set<String> ASKING =
      Set.of("torchDType", "torchDevice", "torchSizes", "torchLayout", "torchIsContiguous");

  /** Sets a switch of the calling thread. */
  private static final String SWITCHING = "setGraphExecutorOptimize";

  /** Copies from the device and so waits until all that was begun there is done. */
  private static final Set<String> READING =
      Set.of(
          "torchDataPtr",
          "torchDirectByteBuffer",
          "contentEqual",
          "torchNonZeros",
          "torchMaskedSelect",
          "torchMaskedPut",
          "torchIndexAdvGet",
          "torchUnique",
          "torchGetItem",
          "iValueToBool",
          "iValueToLong",
          "iValueToDouble");

  /** Copies to the device from memory that is not pinned, which waits as well. */
  private static final Set<String> WRITING = Set.of("torchFromBlob", "torchSet", "torchTo");

  private EngineCalls() {}

  /** Begins to count; once is enough for a JVM. */
  public static synchronized void install() {
    if (Agent.installed) {
      return;
    }
    try {
      Path jar = Files.createTempFile("engine-calls", ".jar");
      try {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Agent-Class", Agent.class.getName());
        manifest.getMainAttributes().putValue("Can-Retransform-Classes", "true");
        try (OutputStream out = Files.newOutputStream(jar)) {
          new JarOutputStream(out, manifest).close();
        }
        VirtualMachine self = VirtualMachine.attach(Long.toString(ProcessHandle.current().pid()));
        self.loadAgent(jar.toString());
        self.detach();
      } finally {
        Files.delete(jar);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException("the calls to the engine cannot be counted", e);
    }
  }

  /**
   * The calls so far.
   *
   * @return by the native method's name
   */
  public static Calls soFar() {
    Map<String, Long> counts = new TreeMap<>();
    COUNTS.forEach((name, count) -> counts.put(name, count.sum()));
    return new Calls(counts);
  }

  /**
   * Counts a call; the changed classes say this.
   *
   * @param method the native method's name
   */
  public static void count(String method) {
    COUNTS.computeIfAbsent(method, name -> new LongAdder()).increment();
  }

  /**
   * The handles that Java has of libtorch's tensors and values.
   *
   * @return those made less those freed since the counting began
   */
  public static long alive() {
    Map<String, Long> counts = soFar().counts();
    return counts.getOrDefault(TENSOR, 0L)
        + counts.getOrDefault(VALUE, 0L)
        - counts.getOrDefault("torchDeleteTensor", 0L)
        - counts.getOrDefault("torchDeleteIValue", 0L);
  }

  /**
   * How often each native method was called.
   *
   * @param counts by name
   */
  public record Calls(Map<String, Long> counts) {
    /**
     * What came after an earlier look.
     *
     * @param earlier the earlier one
     * @return the difference, without what was not called and without the handles made
     */
    public Calls since(Calls earlier) {
      Map<String, Long> difference = new TreeMap<>();
      counts.forEach(
          (name, count) -> {
            long more = count - earlier.counts.getOrDefault(name, 0L);
            if (more > 0 && name.indexOf('/') < 0) {
              difference.put(name, more);
            }
          });
      return new Calls(difference);
    }

    /**
     * What starts a kernel or a network, may wait for one, or wraps or unwraps a value for that.
     * What frees, what asks for a tensor's type and what sets a switch does not count.
     */
    public long working() {
      return sum(
          name -> !FREEING.contains(name) && !ASKING.contains(name) && !name.equals(SWITCHING));
    }

    /** Those that wait for a device: reads, and writes from ordinary memory. */
    public Calls waiting() {
      Map<String, Long> waiting = new TreeMap<>(counts);
      waiting.keySet().removeIf(name -> !READING.contains(name) && !WRITING.contains(name));
      return new Calls(waiting);
    }

    private long sum(Predicate<String> which) {
      return counts.entrySet().stream()
          .filter(entry -> which.test(entry.getKey()))
          .mapToLong(Map.Entry::getValue)
          .sum();
    }
  }

  /** What the JVM calls when the agent is loaded. */
  public static final class Agent implements ClassFileTransformer {
    private static volatile boolean installed;

    private Agent() {}

    /**
     * Changes the classes that are loaded, and those that will be.
     *
     * @param arguments none
     * @param instrumentation the JVM's
     */
    public static void agentmain(String arguments, Instrumentation instrumentation)
        throws Exception {
      instrumentation.addTransformer(new Agent(), true);
      for (Class<?> loaded : instrumentation.getAllLoadedClasses()) {
        // The JVM's own classes for lambdas are in the package, too, and call nothing themselves.
        boolean changeable = instrumentation.isModifiableClass(loaded);
        if (changeable && concerns(loaded.getName().replace('.', '/'))) {
          instrumentation.retransformClasses(loaded);
        }
      }
      installed = true;
    }

    private static boolean concerns(String name) {
      return (name.startsWith(PACKAGE) && !name.equals(LIBRARY)) || name.equals(TENSOR);
    }

    @Override
    public byte[] transform(
        ClassLoader loader,
        String name,
        Class<?> redefined,
        ProtectionDomain domain,
        byte[] classFile) {
      if (name == null || !concerns(name)) {
        return null;
      }
      ClassReader reader = new ClassReader(classFile);
      ClassWriter writer = new ClassWriter(reader, ClassWriter.COMPUTE_MAXS);
      reader.accept(new CountingClass(writer, name), 0);
      return writer.toByteArray();
    }
  }

  private static final class CountingClass extends ClassVisitor {
    private final String name;

    CountingClass(ClassVisitor next, String name) {
      super(Opcodes.ASM9, next);
      this.name = name;
    }

    @Override
    public MethodVisitor visitMethod(
        int access, String method, String descriptor, String signature, String[] exceptions) {
      MethodVisitor next = super.visitMethod(access, method, descriptor, signature, exceptions);
      return new MethodVisitor(Opcodes.ASM9, next) {
        @Override
        public void visitMethodInsn(
            int opcode, String owner, String called, String form, boolean ofInterface) {
          boolean makesHandle = owner.equals(HANDLE) && called.equals("<init>");
          if (owner.equals(LIBRARY) || makesHandle) {
            visitLdcInsn(makesHandle ? name : called);
            super.visitMethodInsn(
                Opcodes.INVOKESTATIC,
                EngineCalls.class.getName().replace('.', '/'),
                "count",
                "(Ljava/lang/String;)V",
                false);
          }
          super.visitMethodInsn(opcode, owner, called, form, ofInterface);
        }
      };
    }
  }
}
