package io.darkroom.image;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/**
 * Reads PNG files: the texts of any, the pixels of 8-bit RGB without interlacing, which is what
 * {@link PngWriter} writes.
 *
 * <p>A file is not trusted: checksums are checked and what it can make this class keep is bounded.
 * Where pixels are wanted, every malformed file is an {@link IOException} with a message for the
 * person who named the file. Where texts are wanted, what can be read of a damaged file is read.
 */
public final class PngReader {
  /** The most pixels of a picture that is read. */
  public static final int MOST_PIXELS = 100_000_000;

  private static final int MOST_TEXT_BYTES = PictureTexts.MOST_BYTES;
  private static final int HEADER_BYTES = 13;
  private static final String XMP_KEYWORD = "XML:com.adobe.xmp";

  /** What is done about a fault. */
  @FunctionalInterface
  private interface Faults {
    void found(IOException fault) throws IOException;
  }

  private final DataInputStream in;
  private final PictureTexts texts = new PictureTexts();
  private Faults faults = this::refuse;

  /**
   * Creates a reader.
   *
   * @param in gives one PNG file from its first byte; not closed
   */
  public PngReader(InputStream in) {
    this.in = new DataInputStream(new BufferedInputStream(in));
  }

  /**
   * Reads the whole file.
   *
   * @return the picture and its texts
   * @throws IOException if the file cannot be read, is malformed, or is of a kind of PNG other than
   *     8-bit RGB
   */
  public Png read() throws IOException {
    Header header = readHeader();
    header.checkIsRgb();
    try (Pixels pixels = new Pixels(header)) {
      readChunks(Optional.of(pixels));
      return new Png(pixels.image(), texts.summary(header.width(), header.height()).text());
    }
  }

  /**
   * Reads all but the pixels, of a PNG of any kind. A text that is UTF-8 is read as such, even
   * where PNG wants Latin-1: many tools write it so. EXIF and XMP are looked into as well.
   *
   * @return size and texts, as far as the file is whole, and what is damaged in it
   * @throws IOException if the file cannot be read, or is no PNG with a header
   */
  public PictureSummary readSummary() throws IOException {
    Header header = readHeader();
    faults = fault -> texts.damage(fault.getMessage());
    try {
      readChunks(Optional.empty());
    } catch (Malformed e) {
      texts.damage(e.getMessage());
    }
    return texts.summary(header.width(), header.height());
  }

  private void refuse(IOException fault) throws IOException {
    throw fault;
  }

  /** The file's own fault, not its medium's. */
  private static final class Malformed extends IOException {
    Malformed(String message) {
      super(message);
    }

    Malformed(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private Header readHeader() throws IOException {
    byte[] signature = in.readNBytes(PngWriter.SIGNATURE.length);
    if (!Arrays.equals(signature, PngWriter.SIGNATURE)) {
      throw new Malformed("not a PNG file");
    }
    Chunk chunk = readChunkStart();
    if (!chunk.type().equals("IHDR") || chunk.length() != HEADER_BYTES) {
      throw new Malformed("malformed PNG: it does not begin with its header");
    }
    ByteBuffer fields = ByteBuffer.wrap(readChunkData(chunk));
    Header header =
        new Header(
            fields.getInt(),
            fields.getInt(),
            fields.get(),
            fields.get(),
            fields.get(),
            fields.get(),
            fields.get());
    if (header.width() < 1 || header.height() < 1) {
      throw new Malformed("malformed PNG: its size is " + header.size());
    }
    return header;
  }

  private void readChunks(Optional<Pixels> pixels) throws IOException {
    while (true) {
      Chunk chunk = readChunkStart();
      switch (chunk.type()) {
        case "IEND" -> {
          readChunkData(chunk);
          return;
        }
        case "tEXt", "zTXt", "iTXt" -> readText(chunk.type(), readChunkData(chunk));
        case "eXIf" -> ExifTexts.read(readChunkData(chunk), texts);
        case "IDAT" -> copyChunkData(chunk, pixels);
        default -> {
          if (Character.isUpperCase(chunk.type().charAt(0)) && !chunk.type().equals("PLTE")) {
            throw new Malformed("malformed PNG: unknown critical chunk " + chunk.type());
          }
          copyChunkData(chunk, Optional.empty());
        }
      }
    }
  }

  private record Chunk(String type, int length, CRC32 checksum) {}

  private Chunk readChunkStart() throws IOException {
    try {
      int length = in.readInt();
      byte[] name = new byte[4];
      in.readFully(name);
      String type = new String(name, StandardCharsets.ISO_8859_1);
      if (length < 0 || !type.matches("[A-Za-z]{4}")) {
        throw new Malformed("malformed PNG: a chunk is missing");
      }
      CRC32 checksum = new CRC32();
      checksum.update(name);
      return new Chunk(type, length, checksum);
    } catch (EOFException e) {
      throw truncated(e);
    }
  }

  private byte[] readChunkData(Chunk chunk) throws IOException {
    if (chunk.length() > MOST_TEXT_BYTES) {
      throw new Malformed(
          "malformed PNG: a chunk " + chunk.type() + " of " + chunk.length() + " bytes");
    }
    byte[] data = in.readNBytes(chunk.length());
    if (data.length < chunk.length()) {
      throw truncated(new EOFException());
    }
    chunk.checksum().update(data);
    checkChunkEnd(chunk);
    return data;
  }

  private void copyChunkData(Chunk chunk, Optional<Pixels> sink) throws IOException {
    byte[] buffer = new byte[Math.min(chunk.length(), 1 << 16)];
    int left = chunk.length();
    while (left > 0) {
      int count = in.read(buffer, 0, Math.min(left, buffer.length));
      if (count < 0) {
        throw truncated(new EOFException());
      }
      left -= count;
      chunk.checksum().update(buffer, 0, count);
      if (sink.isPresent()) {
        sink.get().accept(buffer, count);
      }
    }
    checkChunkEnd(chunk);
  }

  private void checkChunkEnd(Chunk chunk) throws IOException {
    try {
      if (in.readInt() != (int) chunk.checksum().getValue()) {
        faults.found(
            new Malformed("damaged PNG: the checksum of a chunk " + chunk.type() + " is wrong"));
      }
    } catch (EOFException e) {
      throw truncated(e);
    }
  }

  private static Malformed truncated(EOFException cause) {
    return new Malformed("damaged PNG: the file is incomplete", cause);
  }

  private void readText(String type, byte[] chunk) throws IOException {
    try {
      ByteBuffer data = ByteBuffer.wrap(chunk);
      String keyword = new String(untilNul(data), StandardCharsets.ISO_8859_1);
      byte[] value =
          switch (type) {
            case "tEXt" -> rest(data);
            case "zTXt" -> {
              checkCompression(next(data));
              yield inflate(rest(data));
            }
            default -> {
              byte compressed = next(data);
              byte method = next(data);
              untilNul(data);
              untilNul(data);
              if (compressed == 0) {
                yield rest(data);
              }
              checkCompression(method);
              yield inflate(rest(data));
            }
          };
      add(keyword, type.equals("iTXt") ? utf8(value) : PictureTexts.utf8OrLatin1(value));
    } catch (Malformed e) {
      faults.found(e);
    }
  }

  private void add(String keyword, String value) throws Malformed {
    if (keyword.equals(XMP_KEYWORD)) {
      XmpTexts.read(value.getBytes(StandardCharsets.UTF_8), texts);
      return;
    }
    try {
      new Png(new RgbImage(1, 1, new byte[3]), Map.of(keyword, value));
    } catch (IllegalArgumentException e) {
      throw new Malformed("malformed PNG: " + e.getMessage(), e);
    }
    texts.add(keyword, value);
  }

  private static byte next(ByteBuffer data) throws Malformed {
    if (!data.hasRemaining()) {
      throw new Malformed("malformed PNG: a text chunk is too short");
    }
    return data.get();
  }

  private static void checkCompression(byte method) throws Malformed {
    if (method != 0) {
      throw new Malformed("malformed PNG: a text with unknown compression " + method);
    }
  }

  private static byte[] untilNul(ByteBuffer data) throws Malformed {
    int end = data.position();
    while (end < data.limit() && data.get(end) != 0) {
      end++;
    }
    if (end == data.limit()) {
      throw new Malformed("malformed PNG: a text chunk without its separator");
    }
    byte[] part = new byte[end - data.position()];
    data.get(part);
    data.position(end + 1);
    return part;
  }

  private static byte[] rest(ByteBuffer data) {
    byte[] rest = new byte[data.remaining()];
    data.get(rest);
    return rest;
  }

  private static String utf8(byte[] data) throws Malformed {
    try {
      return PictureTexts.decode(data, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      throw new Malformed("malformed PNG: a text is not valid UTF-8", e);
    }
  }

  private static byte[] inflate(byte[] deflated) throws Malformed {
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    try (InputStream inflater = new InflaterInputStream(new ByteArrayInputStream(deflated))) {
      plain.write(inflater.readNBytes(MOST_TEXT_BYTES + 1));
    } catch (IOException e) {
      throw new Malformed("malformed PNG: a compressed text cannot be inflated", e);
    }
    if (plain.size() > MOST_TEXT_BYTES) {
      throw new Malformed("malformed PNG: more than 16 MiB of text");
    }
    return plain.toByteArray();
  }

  /** The fields of the chunk IHDR. */
  private record Header(
      int width,
      int height,
      byte depth,
      byte colourType,
      byte compression,
      byte filter,
      byte interlace) {
    String size() {
      return width + "x" + height;
    }

    void checkIsRgb() throws IOException {
      if (depth != 8 || colourType != 2 || compression != 0 || filter != 0 || interlace != 0) {
        throw new Malformed(
            "a PNG of a kind that Darkroom does not read (bit depth "
                + depth
                + ", colour type "
                + colourType
                + (interlace == 0 ? "" : ", interlaced")
                + "); use 8-bit RGB without interlacing");
      }
      if ((long) width * height > MOST_PIXELS) {
        throw new Malformed(
            "a PNG of " + size() + " is too large; " + MOST_PIXELS + " pixels are the most");
      }
    }
  }

  /** Takes the deflated rows as they come and keeps the pixels. */
  private static final class Pixels implements AutoCloseable {
    private final Header header;
    private final Inflater inflater = new Inflater();
    private final byte[] rgb;
    private final byte[] filtered;
    private byte[] above;
    private byte[] row;
    private int filled;
    private int rows;

    Pixels(Header header) {
      this.header = header;
      int rowBytes = header.width() * RowFilter.PIXEL_BYTES;
      rgb = new byte[rowBytes * header.height()];
      filtered = new byte[1 + rowBytes];
      above = new byte[rowBytes];
      row = new byte[rowBytes];
    }

    void accept(byte[] deflated, int count) throws IOException {
      inflater.setInput(deflated, 0, count);
      try {
        while (rows < header.height()) {
          int inflated = inflater.inflate(filtered, filled, filtered.length - filled);
          if (inflated == 0) {
            return;
          }
          filled += inflated;
          if (filled == filtered.length) {
            finishRow();
          }
        }
      } catch (DataFormatException e) {
        throw new Malformed("damaged PNG: row " + rows + " cannot be inflated", e);
      }
    }

    private void finishRow() throws IOException {
      RowFilter[] filters = RowFilter.values();
      if (filtered[0] < 0 || filtered[0] >= filters.length) {
        throw new Malformed("damaged PNG: row " + rows + " has unknown filter " + filtered[0]);
      }
      filters[filtered[0]].restore(filtered, above, row);
      System.arraycopy(row, 0, rgb, rows * row.length, row.length);
      byte[] swap = above;
      above = row;
      row = swap;
      filled = 0;
      rows++;
    }

    RgbImage image() throws IOException {
      if (rows < header.height()) {
        throw new Malformed("damaged PNG: it has " + rows + " rows of " + header.height());
      }
      return new RgbImage(header.width(), header.height(), rgb);
    }

    @Override
    public void close() {
      inflater.end();
    }
  }
}
