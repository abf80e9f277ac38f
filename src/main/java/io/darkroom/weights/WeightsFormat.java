package io.darkroom.weights;

import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.base.RegularFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** Opens a file of weights by what is in it; its name does not count. */
public final class WeightsFormat {
  private static final int START = 512;

  private WeightsFormat() {}

  /**
   * Opens a safetensors file, a file of PyTorch, or an index of several files.
   *
   * @param path the file
   * @return the open file
   * @throws ModelException if it is missing, damaged or something else; the message says what
   */
  public static WeightsFile open(Path path) {
    if (path.getFileName() != null && path.getFileName().toString().endsWith(".json")) {
      return ShardedWeights.open(path);
    }
    if (Files.isDirectory(path)) {
      throw new ModelException(path + ": is a directory, not a file of weights");
    }
    RegularFile.require(path);
    byte[] start = start(path);
    refuseTheKnown(path, start);
    return ScaledWeights.unscaled(
        begins(start, "PK\3\4") || PytorchSequence.isOne(start)
            ? PytorchFile.open(path)
            : SafetensorsFile.open(path));
  }

  private static byte[] start(Path path) {
    try (InputStream bytes = Files.newInputStream(path)) {
      return bytes.readNBytes(START);
    } catch (NoSuchFileException failure) {
      throw new ModelException(path + ": there is no such file; check the path", failure);
    } catch (IOException failure) {
      throw new ModelException(
          path + ": cannot be read: " + OneLine.of(String.valueOf(failure)), failure);
    }
  }

  private static void refuseTheKnown(Path path, byte[] start) {
    if (begins(start, "version https://git-lfs")) {
      throw new ModelException(
          path
              + ": is a git-lfs pointer, not the file itself; get it with git lfs pull, or download"
              + " it again");
    }
    String text = new String(start, StandardCharsets.ISO_8859_1).strip().toLowerCase(Locale.ROOT);
    if (text.startsWith("<!doctype") || text.startsWith("<html") || text.startsWith("<?xml")) {
      throw new ModelException(
          path + ": is a web page, not a file of weights; the download failed, try it again");
    }
    if (text.startsWith("{\"")) {
      throw new ModelException(path + ": is a JSON text, not a file of weights; check the path");
    }
    if (begins(start, "GGUF") || begins(start, "ggml") || begins(start, "tjgg")) {
      throw new ModelException(
          path + ": is a GGUF file; Darkroom reads safetensors and PyTorch's .ckpt and .bin");
    }
    boolean known = PytorchSequence.isOne(start);
    boolean header = start.length > Long.BYTES && start[Long.BYTES] == '{';
    if (!known
        && !header
        && start.length > 1
        && start[0] == (byte) 0x80
        && start[1] > 1
        && start[1] < 6) {
      throw new ModelException(
          path + ": is a plain pickle, which PyTorch does not write; get it as safetensors");
    }
    if (begins(start, "\u0089PNG\r\n")) {
      throw new ModelException(path + ": is a picture, not a file of weights; check the path");
    }
    if (begins(start, "\u001f\u008b") || begins(start, "7z\u00bc") || begins(start, "Rar!")) {
      throw new ModelException(path + ": is a compressed archive; unpack it first");
    }
  }

  private static boolean begins(byte[] start, String with) {
    return begins(start, with.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static boolean begins(byte[] start, byte[] expected) {
    return start.length >= expected.length
        && Arrays.equals(start, 0, expected.length, expected, 0, expected.length);
  }
}
