package io.darkroom.lora;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A LoRA that is to be merged into a model's weights.
 *
 * @param file a safetensors file, or one of PyTorch
 * @param name what a prompt and a recipe call it
 * @param strength how strongly
 */
public record LoraChoice(Path file, String name, LoraStrength strength) {
  /** What a file of weights may end in. */
  static final List<String> ENDINGS = List.of(".safetensors", ".pt", ".pth", ".bin", ".ckpt");

  /**
   * A file under its own name.
   *
   * @param file a safetensors file, or one of PyTorch
   * @param strength how strongly
   */
  public LoraChoice(Path file, LoraStrength strength) {
    this(file, withoutEnding(last(file)), strength);
  }

  /**
   * A file under its own name, merged alike into all networks.
   *
   * @param file a safetensors file, or one of PyTorch
   * @param strength how strongly
   */
  public LoraChoice(Path file, double strength) {
    this(file, LoraStrength.of(strength));
  }

  /**
   * Tells whether a prompt means this LoRA: by its name, perhaps with folders before it, with a
   * file's ending, or in other letters as to case.
   *
   * @param tag what the prompt says
   * @return whether it is this one's name
   */
  public boolean isCalled(String tag) {
    String bare = withoutEnding(tag);
    return bare.substring(bare.lastIndexOf('/') + 1).equalsIgnoreCase(name)
        || bare.equalsIgnoreCase(name)
        || tag.equalsIgnoreCase(name);
  }

  /**
   * How a prompt asks for it, in AUTOMATIC1111's form.
   *
   * @return such as {@code <lora:ink:0.8>}
   */
  public String tag() {
    return "<lora:" + name + ":" + strength + ">";
  }

  private static String last(Path file) {
    return file.getFileName() == null ? "" : file.getFileName().toString();
  }

  /** A file's name without the ending of a file of weights, whatever its case. */
  static String withoutEnding(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return ENDINGS.stream()
        .filter(lower::endsWith)
        .findFirst()
        .map(ending -> name.substring(0, name.length() - ending.length()))
        .orElse(name);
  }
}
