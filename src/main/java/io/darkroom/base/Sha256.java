package io.darkroom.base;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 (FIPS 180-4) in hexadecimal digits. */
public final class Sha256 {
  private Sha256() {}

  /**
   * Of a file's bytes.
   *
   * @param file the file
   * @return 64 digits in lower case
   * @throws IOException if it cannot be read
   */
  public static String of(Path file) throws IOException {
    try (InputStream bytes = Files.newInputStream(file)) {
      return of(bytes);
    }
  }

  /**
   * Of one of a model's files.
   *
   * @param file the file
   * @return 64 digits in lower case
   * @throws ModelException if it cannot be read
   */
  public static String ofModelFile(Path file) {
    try {
      return of(file);
    } catch (IOException failure) {
      throw new ModelException(
          file + ": cannot be read: " + OneLine.of(failure.toString()), failure);
    }
  }

  /**
   * Of what a stream still has.
   *
   * @param bytes the stream, left open
   * @return 64 digits in lower case
   * @throws IOException if it cannot be read
   */
  public static String of(InputStream bytes) throws IOException {
    MessageDigest digest = digest();
    byte[] block = new byte[1 << 16];
    for (int count = bytes.read(block); count >= 0; count = bytes.read(block)) {
      digest.update(block, 0, count);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /**
   * Of a text in UTF-8.
   *
   * @param text the text
   * @return 64 digits in lower case
   */
  public static String of(String text) {
    return HexFormat.of().formatHex(digest().digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** {@return a new digest} */
  public static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every Java platform has SHA-256", impossible);
    }
  }
}
