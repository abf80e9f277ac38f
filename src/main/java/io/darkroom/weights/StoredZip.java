package io.darkroom.weights;

import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * The directory of a zip file whose entries are stored without compression, as PyTorch writes them,
 * so that each can be mapped where it lies. Nothing is unpacked: a zip bomb is refused by its
 * directory.
 *
 * @param entries by name, in the order of the directory
 * @see <a href="https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT">the zip format, with
 *     Zip64 in section 4.3.14 and 4.5.3</a>
 */
record StoredZip(Map<String, Entry> entries) {
  private static final int END_SIGNATURE = 0x06054b50;
  private static final int END64_SIGNATURE = 0x06064b50;
  private static final int LOCATOR_SIGNATURE = 0x07064b50;
  private static final int CENTRAL_SIGNATURE = 0x02014b50;
  private static final int LOCAL_SIGNATURE = 0x04034b50;
  private static final int END_LENGTH = 22;
  private static final int END64_LENGTH = 56;
  private static final int LOCATOR_LENGTH = 20;
  private static final int CENTRAL_LENGTH = 46;
  private static final int LOCAL_LENGTH = 30;
  private static final int LONGEST_COMMENT = 65_535;
  private static final int LARGEST_DIRECTORY = 64 << 20;
  private static final int MOST_ENTRIES = 400_000;
  private static final int BLOCK = 8 << 20;
  private static final int ZIP64_FIELD = 1;
  private static final long IN_ZIP64 = 0xffffffffL;
  private static final String ADVICE = "; download it again";

  /**
   * A file in the zip file.
   *
   * @param name its path
   * @param header where its own header begins
   * @param length bytes
   * @param checksum the CRC-32 of the bytes; 0 where whoever wrote them did not compute it
   * @param compressed whether it is packed, encrypted or otherwise not as it is
   */
  record Entry(String name, long header, long length, int checksum, boolean compressed) {
    /**
     * Tells whether bytes are those that were written.
     *
     * @param bytes all of the entry's, from position to limit; the position stays
     * @return whether they have the checksum, or there is none
     */
    boolean holds(ByteBuffer bytes) {
      CRC32 computed = new CRC32();
      computed.update(bytes.duplicate());
      return hasSum(computed);
    }

    /**
     * Tells whether bytes are those that were written.
     *
     * @param computed the sum of all of the entry's bytes
     * @return whether it is the checksum, or there is none
     */
    boolean hasSum(CRC32 computed) {
      return !isSummed() || checksum == (int) computed.getValue();
    }

    /** PyTorch writes 0 where it is told to save the time ({@code set_crc32_options}). */
    boolean isSummed() {
      return checksum != 0;
    }
  }

  /**
   * Reads the directory at the end of a file.
   *
   * @param path the file's name, for messages
   * @param channel the open file
   * @return the directory
   * @throws IOException if the file cannot be read
   * @throws ModelException if it is no whole zip file
   */
  static StoredZip read(Path path, FileChannel channel) throws IOException {
    long size = channel.size();
    int tailLength = (int) Math.min(size, END_LENGTH + LONGEST_COMMENT);
    ByteBuffer tail = FileBytes.read(channel, size - tailLength, tailLength);
    int end = tailLength - END_LENGTH;
    while (end >= 0 && !isEnd(tail, end)) {
      end--;
    }
    if (end < 0) {
      throw new ModelException(path + ": is an incomplete zip file" + ADVICE);
    }
    long count = Short.toUnsignedLong(tail.getShort(end + 10));
    long length = Integer.toUnsignedLong(tail.getInt(end + 12));
    long offset = Integer.toUnsignedLong(tail.getInt(end + 16));
    long endAt = size - tailLength + end;
    long directoryLimit = endAt;
    if (endAt >= LOCATOR_LENGTH) {
      ByteBuffer locator = FileBytes.read(channel, endAt - LOCATOR_LENGTH, LOCATOR_LENGTH);
      if (locator.getInt(0) == LOCATOR_SIGNATURE) {
        long end64At = locator.getLong(8);
        if (end64At < 0 || end64At > endAt - LOCATOR_LENGTH - END64_LENGTH) {
          throw damaged(path, "its Zip64 record is not within it");
        }
        ByteBuffer end64 = FileBytes.read(channel, end64At, END64_LENGTH);
        if (end64.getInt(0) != END64_SIGNATURE) {
          throw damaged(path, "its Zip64 record is not where it should be");
        }
        count = end64.getLong(32);
        length = end64.getLong(40);
        offset = end64.getLong(48);
        directoryLimit = end64At;
      }
    }
    if (length < 0 || offset < 0 || offset > directoryLimit - length) {
      throw damaged(path, "its directory is not within it");
    }
    if (length > LARGEST_DIRECTORY || count < 0 || count > MOST_ENTRIES) {
      throw damaged(path, "its directory is too large for a model");
    }
    return new StoredZip(
        directory(path, FileBytes.read(channel, offset, (int) length), count, offset));
  }

  private static boolean isEnd(ByteBuffer tail, int at) {
    return tail.getInt(at) == END_SIGNATURE
        && Short.toUnsignedInt(tail.getShort(at + 20)) <= tail.limit() - at - END_LENGTH;
  }

  private static Map<String, Entry> directory(
      Path path, ByteBuffer bytes, long count, long dataEnd) {
    Map<String, Entry> entries = new LinkedHashMap<>();
    int at = 0;
    for (long i = 0; i < count; i++) {
      if (bytes.limit() - at < CENTRAL_LENGTH || bytes.getInt(at) != CENTRAL_SIGNATURE) {
        throw damaged(path, "its directory breaks off at entry " + i);
      }
      int flags = Short.toUnsignedInt(bytes.getShort(at + 8));
      int method = Short.toUnsignedInt(bytes.getShort(at + 10));
      int nameLength = Short.toUnsignedInt(bytes.getShort(at + 28));
      int extraLength = Short.toUnsignedInt(bytes.getShort(at + 30));
      int commentLength = Short.toUnsignedInt(bytes.getShort(at + 32));
      int next = at + CENTRAL_LENGTH + nameLength + extraLength + commentLength;
      if (next > bytes.limit()) {
        throw damaged(path, "its directory breaks off at entry " + i);
      }
      byte[] name = new byte[nameLength];
      bytes.get(at + CENTRAL_LENGTH, name);
      ByteBuffer extra =
          bytes.slice(at + CENTRAL_LENGTH + nameLength, extraLength).order(ByteOrder.LITTLE_ENDIAN);
      int checksum = bytes.getInt(at + 16);
      long packed = Integer.toUnsignedLong(bytes.getInt(at + 20));
      long length = Integer.toUnsignedLong(bytes.getInt(at + 24));
      long header = Integer.toUnsignedLong(bytes.getInt(at + 42));
      // Zip64 gives 8 bytes for each of these that the directory itself has no room for, in order.
      ByteBuffer wide = zip64(extra);
      length = length == IN_ZIP64 ? wide(path, wide) : length;
      packed = packed == IN_ZIP64 ? wide(path, wide) : packed;
      header = header == IN_ZIP64 ? wide(path, wide) : header;
      String text = new String(name, StandardCharsets.UTF_8);
      boolean compressed = method != 0 || (flags & 1) != 0 || packed != length;
      if (header < 0 || length < 0 || (!compressed && header > dataEnd - length)) {
        throw damaged(path, "its entry " + OneLine.of(text) + " is not within it");
      }
      if (entries.put(text, new Entry(text, header, length, checksum, compressed)) != null) {
        throw damaged(path, "it has " + OneLine.of(text) + " twice");
      }
      at = next;
    }
    return Collections.unmodifiableMap(entries);
  }

  private static ByteBuffer zip64(ByteBuffer extra) {
    while (extra.remaining() >= 4) {
      int id = Short.toUnsignedInt(extra.getShort());
      int length = Math.min(Short.toUnsignedInt(extra.getShort()), extra.remaining());
      if (id == ZIP64_FIELD) {
        return extra.slice(extra.position(), length).order(ByteOrder.LITTLE_ENDIAN);
      }
      extra.position(extra.position() + length);
    }
    return ByteBuffer.allocate(0);
  }

  private static long wide(Path path, ByteBuffer wide) {
    if (wide.remaining() < Long.BYTES) {
      throw damaged(path, "an entry lacks its Zip64 sizes");
    }
    return wide.getLong();
  }

  /**
   * Where an entry's bytes begin.
   *
   * @param path the file's name, for messages
   * @param channel the open file
   * @param entry an entry of it
   * @return the offset in the file; as many bytes as the entry's length are there
   * @throws IOException if the file cannot be read
   * @throws ModelException if the entry is compressed or damaged
   */
  static long locate(Path path, FileChannel channel, Entry entry) throws IOException {
    if (entry.compressed()) {
      throw new ModelException(
          "%s: %s in it is compressed, which PyTorch never does; get the original file"
              .formatted(path, OneLine.of(entry.name())));
    }
    if (entry.header() > channel.size() - LOCAL_LENGTH) {
      throw damaged(path, "its entry " + OneLine.of(entry.name()) + " is not within it");
    }
    ByteBuffer local = FileBytes.read(channel, entry.header(), LOCAL_LENGTH);
    long start =
        entry.header()
            + LOCAL_LENGTH
            + Short.toUnsignedLong(local.getShort(26))
            + Short.toUnsignedLong(local.getShort(28));
    if (local.getInt(0) != LOCAL_SIGNATURE || start > channel.size() - entry.length()) {
      throw damaged(path, "its entry " + OneLine.of(entry.name()) + " is not where it should be");
    }
    return start;
  }

  /**
   * Reads an entry to its end and holds its bytes against its checksum.
   *
   * @param path the file's name, for messages
   * @param channel the open file
   * @param entry an entry of it
   * @param start where its bytes begin
   * @throws IOException if the file cannot be read
   * @throws ModelException if they are not those that were written
   */
  static void verify(Path path, FileChannel channel, Entry entry, long start) throws IOException {
    CRC32 computed = new CRC32();
    ByteBuffer block = ByteBuffer.allocateDirect((int) Math.min(entry.length(), BLOCK));
    for (long done = 0; done < entry.length(); done += block.limit()) {
      block.clear().limit((int) Math.min(block.capacity(), entry.length() - done));
      FileBytes.fill(channel, start + done, block);
      computed.update(block.flip());
    }
    if (!entry.hasSum(computed)) {
      throw otherBytes(path, entry);
    }
  }

  /**
   * What to say of an entry that {@linkplain Entry#holds does not hold} what was written.
   *
   * @param path the file's name
   * @param entry the entry
   * @return what to throw
   */
  static ModelException otherBytes(Path path, Entry entry) {
    return new ModelException(
        "%s: is damaged: the bytes of %s in it do not match their checksum%s"
            .formatted(path, OneLine.of(entry.name()), ADVICE));
  }

  private static ModelException damaged(Path path, String what) {
    return new ModelException(path + ": is a damaged zip file: " + what + ADVICE);
  }
}
