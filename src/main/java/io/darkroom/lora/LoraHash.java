package io.darkroom.lora;

import io.darkroom.base.BoundedInput;
import io.darkroom.base.ModelException;
import io.darkroom.base.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * By what a LoRA's file is known.
 *
 * @param file SHA-256 of the whole file, 64 hexadecimal digits
 * @param tensors SHA-256 of what follows the header, 64 hexadecimal digits: this is what kohya's
 *     trainer writes into its files, and AUTOMATIC1111's web UI into its pictures, of which it
 *     takes the first twelve, since it stays the same when somebody edits the header's texts; of
 *     another file than one of safetensors that of the whole
 * @see <a
 *     href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/modules/hashes.py">its
 *     {@code addnet_hash_safetensors}</a>
 */
public record LoraHash(String file, String tensors) {
  private static final int SHORT = 12;

  /**
   * Reads a file, once.
   *
   * @param path a file of weights
   * @return its hashes
   * @throws ModelException if it is no regular file, or cannot be read
   */
  public static LoraHash of(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new ModelException(path + ": is not a regular file; check the path");
    }
    MessageDigest whole = Sha256.digest();
    try (InputStream bytes = new DigestInputStream(Files.newInputStream(path), whole)) {
      byte[] start = bytes.readNBytes(Long.BYTES + 1);
      boolean hasHeader = start.length > Long.BYTES && start[Long.BYTES] == '{';
      long header = hasHeader ? ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getLong() : 0;
      // Read and not skipped, for what is skipped is not in the digest.
      new BoundedInput(bytes, Math.max(0, header - 1)).transferTo(OutputStream.nullOutputStream());
      String tensors = Sha256.of(bytes);
      String file = HexFormat.of().formatHex(whole.digest());
      return new LoraHash(file, hasHeader ? tensors : file);
    } catch (IOException failure) {
      throw new ModelException(path + ": cannot be read: " + failure, failure);
    }
  }

  /**
   * Tells whether a recipe means this file.
   *
   * @param recorded all of {@link #file}, or {@link #webUi}, in lower case
   * @return whether it is one of them
   */
  public boolean is(String recorded) {
    return recorded.equals(file) || recorded.equals(webUi());
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
