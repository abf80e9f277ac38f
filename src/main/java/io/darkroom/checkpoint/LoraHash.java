package io.darkroom.checkpoint;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * By what a LoRA's file is known.
 *
 * @param file SHA-256 of the whole file, 64 hexadecimal digits
 * @param tensors SHA-256 of what follows the header, 64 hexadecimal digits: this is what kohya's
 *     trainer writes into its files, and AUTOMATIC1111's web UI into its pictures, of which it
 *     takes the first twelve, since it stays the same when somebody edits the header's texts
 * @see <a
 *     href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/modules/hashes.py">its
 *     {@code addnet_hash_safetensors}</a>
 */
public record LoraHash(String file, String tensors) {
  private static final int SHORT = 12;

  /**
   * Reads a file, twice.
   *
   * @param path a safetensors file
   * @return its hashes
   * @throws ModelException if it cannot be read
   */
  public static LoraHash of(Path path) {
    try (InputStream bytes = new BufferedInputStream(Files.newInputStream(path))) {
      ByteBuffer length = ByteBuffer.wrap(bytes.readNBytes(Long.BYTES));
      if (length.remaining() == Long.BYTES) {
        bytes.skipNBytes(Math.max(0, length.order(ByteOrder.LITTLE_ENDIAN).getLong()));
      }
      return new LoraHash(Sha256.of(path), Sha256.of(bytes));
    } catch (IOException failure) {
      throw new ModelException(path + ": cannot be read: " + failure, failure);
    }
  }

  /**
   * What AUTOMATIC1111's web UI calls the file by.
   *
   * @return the first twelve digits of {@link #tensors}
   */
  public String webUi() {
    return tensors.substring(0, SHORT);
  }
}
