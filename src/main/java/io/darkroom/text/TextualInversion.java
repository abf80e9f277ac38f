package io.darkroom.text;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.checkpoint.ModelException;
import io.darkroom.checkpoint.OneLine;
import io.darkroom.checkpoint.SafetensorsFile;
import io.darkroom.checkpoint.Sha256;
import io.darkroom.checkpoint.WeightsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * A learned word (Gal et al., arXiv 2208.01618): vectors that stand in a prompt where its name is
 * written.
 *
 * @param name the file's name without its ending
 * @param hash the first twelve hexadecimal digits of the file's SHA-256, by which AUTOMATIC1111's
 *     web UI tells embeddings apart
 * @param source the file, for messages
 * @param width numbers in a vector
 * @param values the vectors one after another
 */
public record TextualInversion(String name, String hash, String source, int width, float[] values) {
  private static final String ENDING = ".safetensors";
  private static final int HASH_DIGITS = 12;

  /** The names that trainers have for the vectors, the first of which counts. */
  private static final String[] KEYS = {"emb_params", "clip_l"};

  /** Keeps the numbers from being changed. */
  public TextualInversion {
    values = values.clone();
    if (width < 1 || values.length == 0 || values.length % width != 0) {
      throw new IllegalArgumentException(values.length + " numbers, " + width + " in a vector");
    }
  }

  /**
   * The vectors one after another.
   *
   * @return a copy of them
   */
  @Override
  public float[] values() {
    return values.clone();
  }

  /**
   * How many tokens it takes in a prompt.
   *
   * @return vectors
   */
  public int vectors() {
    return values.length / width;
  }

  /**
   * Reads a file: the tensor {@code emb_params} of AUTOMATIC1111's web UI, {@code clip_l} of one
   * for several text encoders, or the only tensor there is, {@code [width]} or {@code [vectors,
   * width]}.
   *
   * @param file a safetensors file
   * @return the embedding
   * @throws ModelException if the file is missing, malformed or of another form
   */
  public static TextualInversion read(Path file) {
    String fileName = String.valueOf(file.getFileName());
    if (!fileName.toLowerCase(Locale.ROOT).endsWith(ENDING)) {
      throw new ModelException(
          file
              + ": is no .safetensors file, the only form in which embeddings are read; convert it,"
              + " or get it in that form");
    }
    String name = fileName.substring(0, fileName.length() - ENDING.length());
    try (WeightsFile weights = SafetensorsFile.open(file);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      Map<String, long[]> shapes = weights.shapes();
      String key = key(file, shapes);
      long[] shape = shapes.get(key);
      if (shape.length < 1 || shape.length > 2 || Arrays.stream(shape).anyMatch(n -> n < 1)) {
        throw new ModelException(
            "%s: the tensor %s has the shape %s; an embedding has [width] or [vectors, width]"
                .formatted(file, OneLine.of(key), Arrays.toString(shape)));
      }
      NDArray vectors = weights.load(key, manager);
      if (!vectors.getDataType().isFloating()) {
        throw new ModelException(
            "%s: the tensor %s holds no floating-point numbers; it is no embedding"
                .formatted(file, OneLine.of(key)));
      }
      float[] values = vectors.toFloatArray();
      for (float value : values) {
        if (!Float.isFinite(value)) {
          throw new ModelException(file + ": holds values that are no numbers; download it again");
        }
      }
      String hash = Sha256.of(file).substring(0, HASH_DIGITS);
      return new TextualInversion(
          name, hash, file.toString(), (int) shape[shape.length - 1], values);
    } catch (IOException e) {
      throw new ModelException(file + ": cannot be read: " + OneLine.of(e.toString()), e);
    }
  }

  private static String key(Path file, Map<String, long[]> shapes) {
    for (String key : KEYS) {
      if (shapes.containsKey(key)) {
        return key;
      }
    }
    if (shapes.size() != 1) {
      throw new ModelException(
          "%s: is no embedding: it holds %d tensors, none of them emb_params or clip_l"
              .formatted(file, shapes.size()));
    }
    return shapes.keySet().iterator().next();
  }

  /** By what it holds. */
  @Override
  public boolean equals(Object other) {
    return other instanceof TextualInversion that
        && name.equals(that.name)
        && hash.equals(that.hash)
        && width == that.width
        && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return 31 * name.hashCode() + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "TextualInversion[%s, %s, %d x %d]".formatted(name, hash, vectors(), width);
  }
}
