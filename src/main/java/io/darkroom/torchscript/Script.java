package io.darkroom.torchscript;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript module under construction: methods over symbolic tensors, and the list of weights
 * that they use.
 *
 * <p>The module holds code alone. Its weights are the first argument of each of its methods, {@code
 * w: List[Tensor]}, in the order of {@link #weightNames}. The archive's four records are those that
 * PyTorch's {@code torch/csrc/jit/serialization/import.cpp} asks for.
 */
public final class Script {
  private static final byte[] EMPTY_TUPLE = {(byte) 0x80, 2, ')', '.'};

  private final Precision precision;
  private final PixelLayout layout;
  private final List<Method> methods = new ArrayList<>();
  private final Set<String> raw = new LinkedHashSet<>();
  private final WeightList weights;
  private final AttentionForms attention;
  private final ConvolutionPadding padding;

  /**
   * Creates an empty module.
   *
   * @param precision the number formats of weights and arithmetic
   */
  public Script(Precision precision) {
    this(precision, PixelLayout.CHANNELS_LAST);
  }

  /**
   * Creates an empty module.
   *
   * @param precision the number formats of weights and arithmetic
   * @param layout how networks of pixels store them
   */
  public Script(Precision precision, PixelLayout layout) {
    this(precision, layout, ConvolutionPadding.ZEROS);
  }

  /**
   * Creates an empty module.
   *
   * @param precision the number formats of weights and arithmetic
   * @param padding what convolutions see beyond the borders
   */
  public Script(Precision precision, ConvolutionPadding padding) {
    this(precision, PixelLayout.CHANNELS_LAST, padding);
  }

  private Script(Precision precision, PixelLayout layout, ConvolutionPadding padding) {
    this(precision, layout, new WeightList(), AttentionForms.NONE, padding);
  }

  private Script(
      Precision precision,
      PixelLayout layout,
      WeightList weights,
      AttentionForms attention,
      ConvolutionPadding padding) {
    this.precision = precision;
    this.layout = layout;
    this.weights = weights;
    this.attention = attention;
    this.padding = padding;
    if (!attention.chosen().isEmpty()) {
      raw(attention.source());
    }
  }

  /**
   * Creates an empty module that shares this one's list of weights, so that both run on the same
   * {@link DeviceWeights}.
   *
   * @return a script of the same precision
   */
  public Script onSameWeights() {
    return onSameWeights(AttentionForms.NONE, padding);
  }

  /**
   * The same with other ways to compute.
   *
   * @param attention which form of attention is used for which shape
   * @param padding what convolutions see beyond the borders
   * @return a script of the same precision
   */
  public Script onSameWeights(AttentionForms attention, ConvolutionPadding padding) {
    return new Script(precision, layout, weights, attention, padding);
  }

  /** What a convolution sees beyond the borders. */
  ConvolutionPadding padding() {
    return padding;
  }

  /** Which form of attention is used for which shape. */
  AttentionForms attention() {
    return attention;
  }

  /**
   * The number formats.
   *
   * @return weights' and arithmetic's
   */
  public Precision precision() {
    return precision;
  }

  /** How networks of pixels store them. */
  PixelLayout layout() {
    return layout;
  }

  /**
   * Begins a method.
   *
   * @param name its name
   * @return the method, to be given parameters, a body and a result
   */
  public Method method(String name) {
    Method method = new Method(this, name);
    methods.add(method);
    return method;
  }

  /**
   * Adds a method that is written in TorchScript itself, for what has no place among the symbolic
   * tensors. A text that is there already is not added again.
   *
   * @param source the method's text, indented by two spaces
   */
  public void raw(String source) {
    raw.add(source);
  }

  /**
   * The weights that the methods written so far use, of this script and of those that share them.
   *
   * @return names in the order of the list argument {@code w}
   */
  public List<String> weightNames() {
    return weights.names();
  }

  /**
   * The module's TorchScript source.
   *
   * @return the text of {@code code/__torch__.py}
   */
  public String source() {
    StringBuilder text = new StringBuilder();
    text.append("class M(Module):\n  __parameters__ = []\n  __buffers__ = []\n");
    for (Method method : methods) {
      method.writeTo(text, weights.size());
    }
    raw.forEach(text::append);
    return text.toString();
  }

  /**
   * The module as a TorchScript archive, as {@code torch.jit.load} and DJL take it.
   *
   * @return the bytes of the zip file
   */
  public byte[] archive() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setLevel(Deflater.BEST_SPEED);
      record(zip, "version", "10\n".getBytes(StandardCharsets.US_ASCII));
      record(zip, "constants.pkl", EMPTY_TUPLE);
      record(zip, "data.pkl", emptyModule());
      record(zip, "code/__torch__.py", source().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** The list that the methods take their weights from. */
  WeightList weights() {
    return weights;
  }

  /** The variable that holds a weight in each method. */
  static String weightVariable(int index) {
    return "w" + index;
  }

  /** What stands for the weights while costs are counted. */
  Map<String, Value> weightValues() {
    Map<String, Value> values = new HashMap<>();
    int bytes = precision.storage().bytes();
    List<long[]> shapes = weights.shapes();
    for (int i = 0; i < shapes.size(); i++) {
      values.put(weightVariable(i), Value.Shaped.of(bytes, shapes.get(i)));
    }
    return values;
  }

  /** Finds a method that has been written over symbolic tensors. */
  Optional<Method> written(String name) {
    return methods.stream().filter(method -> method.name().equals(name)).findFirst();
  }

  private static void record(ZipOutputStream zip, String name, byte[] content) throws IOException {
    zip.putNextEntry(new ZipEntry("darkroom/" + name));
    zip.write(content);
    zip.closeEntry();
  }

  /** A pickle of protocol 2: an object of the class {@code __torch__.M} with no attributes. */
  private static byte[] emptyModule() throws IOException {
    ByteArrayOutputStream pickle = new ByteArrayOutputStream();
    pickle.write(new byte[] {(byte) 0x80, 2});
    pickle.write("c__torch__\nM\n".getBytes(StandardCharsets.US_ASCII));
    pickle.write(new byte[] {')', (byte) 0x81, '}', 'b', '.'});
    return pickle.toByteArray();
  }
}
