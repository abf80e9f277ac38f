package io.darkroom.hub;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * The checksum that a blob's name is: SHA-256 where it has 64 hexadecimal digits; where it has 40,
 * SHA-1 as git computes it, over a head with the length and the content (<a
 * href="https://git-scm.com/book/en/v2/Git-Internals-Git-Objects">Git Objects</a>).
 */
final class BlobHash {
  private static final int BLOCK = 1 << 16;

  private final String expected;
  private final Optional<MessageDigest> digest;

  /**
   * Begins a checksum.
   *
   * @param etag the blob's name
   * @param size its length in bytes
   */
  BlobHash(String etag, long size) {
    expected = etag.toLowerCase(Locale.ROOT);
    if (expected.matches("[0-9a-f]{64}")) {
      digest = Optional.of(digest("SHA-256"));
    } else if (expected.matches("[0-9a-f]{40}")) {
      digest = Optional.of(digest("SHA-1"));
      digest.get().update(("blob " + size + "\0").getBytes(StandardCharsets.US_ASCII));
    } else {
      digest = Optional.empty();
    }
  }

  /** Tells whether the name is a checksum at all. */
  boolean isKnown() {
    return digest.isPresent();
  }

  /** Adds bytes from the buffer's position to its limit, which are consumed. */
  void update(ByteBuffer bytes) {
    digest.ifPresent(known -> known.update(bytes));
  }

  /** Adds the bytes of a file. */
  void update(Path file) throws IOException {
    byte[] block = new byte[BLOCK];
    try (InputStream in = Files.newInputStream(file)) {
      for (int count = in.read(block); count >= 0; count = in.read(block)) {
        update(ByteBuffer.wrap(block, 0, count));
      }
    }
  }

  /** Ends the checksum: whether the content is what the name says, or the name says nothing. */
  boolean matches() {
    return digest.isEmpty() || HexFormat.of().formatHex(digest.get().digest()).equals(expected);
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every Java platform has " + algorithm, impossible);
    }
  }
}
