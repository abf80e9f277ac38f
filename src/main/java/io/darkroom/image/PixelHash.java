package io.darkroom.image;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The hash of what is seen, whatever the file's format. */
final class PixelHash {
  private PixelHash() {}

  /**
   * Hashes a picture.
   *
   * @param width pixels
   * @param height pixels
   * @param pixels row by row
   * @return the SHA-256 of width, height (32 bits each, the highest byte first) and pixels, as 64
   *     hexadecimal digits
   */
  static String of(int width, int height, byte[] pixels) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(ByteBuffer.allocate(2 * Integer.BYTES).putInt(width).putInt(height).array());
      return HexFormat.of().formatHex(digest.digest(pixels));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("each JDK has SHA-256", e);
    }
  }
}
