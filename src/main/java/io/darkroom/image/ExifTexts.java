package io.darkroom.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the few texts of an EXIF block that tools for making pictures write. The block may be
 * anything: what does not lie within it is passed over, and no value is copied but these.
 *
 * @see <a href="https://www.cipa.jp/std/documents/e/DC-008-Translation-2019-E.pdf">CIPA DC-008,
 *     Exif 2.32</a>
 */
final class ExifTexts {
  private static final int ORIENTATION = 0x0112;
  private static final int EXIF_DIRECTORY = 0x8769;
  private static final int USER_COMMENT = 0x9286;
  private static final int ENTRY_BYTES = 12;
  private static final int TYPE_BYTE = 1;
  private static final int TYPE_ASCII = 2;
  private static final int TYPE_SHORT = 3;
  private static final int TYPE_UNDEFINED = 7;
  private static final int CHARSET_BYTES = 8;

  /** The keyword under which a PNG would have the text; Fooocus tells its scheme in MakerNote. */
  private static final Map<Integer, String> KEYWORDS =
      Map.of(
          0x010E,
          "Description",
          0x010F,
          "Make",
          0x0110,
          "Model",
          0x0131,
          "Software",
          0x927C,
          "MakerNote",
          USER_COMMENT,
          GenerationParameters.KEYWORD);

  /** ComfyUI has a text's keyword in front of it, in whichever tag was free. */
  private static final Pattern NAMED = Pattern.compile("(?s)(prompt|workflow): ?(\\{.*)");

  private final ByteBuffer block;
  private final PictureTexts texts;

  private ExifTexts(ByteBuffer block, PictureTexts texts) {
    this.block = block;
    this.texts = texts;
  }

  /**
   * Reads a block.
   *
   * @param block a TIFF structure, perhaps behind the six bytes with which it begins in JPEG
   * @param texts takes what is found, under the keywords that it has in a PNG
   */
  static void read(byte[] block, PictureTexts texts) {
    byte[] identifier = JpegWriter.EXIF.getBytes(StandardCharsets.US_ASCII);
    int start =
        block.length >= identifier.length
                && Arrays.equals(block, 0, identifier.length, identifier, 0, identifier.length)
            ? identifier.length
            : 0;
    ByteBuffer tiff = ByteBuffer.wrap(block, start, block.length - start).slice();
    if (tiff.limit() < CHARSET_BYTES) {
      return;
    }
    tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    if (tiff.getShort(2) != 42) {
      texts.damage("an EXIF block that is not valid");
      return;
    }
    ExifTexts reader = new ExifTexts(tiff, texts);
    long inner = reader.readDirectory(tiff.getInt(4) & 0xFFFF_FFFFL);
    reader.readDirectory(inner);
  }

  /** Reads a directory; tells where the one is that this one leads to, 0 if it does not. */
  private long readDirectory(long start) {
    if (start == 0 || start + 2 > block.limit()) {
      return 0;
    }
    int entries = block.getShort((int) start) & 0xFFFF;
    long inner = 0;
    for (int i = 0; i < entries; i++) {
      long entry = start + 2 + (long) i * ENTRY_BYTES;
      if (entry + ENTRY_BYTES > block.limit()) {
        texts.damage("an EXIF block that is incomplete");
        break;
      }
      int tag = block.getShort((int) entry) & 0xFFFF;
      if (tag == ORIENTATION && block.getShort((int) entry + 2) == TYPE_SHORT) {
        texts.orientation(block.getShort((int) entry + 8));
      } else if (tag == EXIF_DIRECTORY) {
        inner = block.getInt((int) entry + 8) & 0xFFFF_FFFFL;
      } else if (KEYWORDS.containsKey(tag)) {
        readValue(tag, (int) entry);
      }
    }
    return inner;
  }

  private void readValue(int tag, int entry) {
    int type = block.getShort(entry + 2);
    long count = block.getInt(entry + 4) & 0xFFFF_FFFFL;
    if ((type != TYPE_ASCII && type != TYPE_UNDEFINED && type != TYPE_BYTE) || count == 0) {
      return;
    }
    long start = count <= 4 ? entry + 8 : block.getInt(entry + 8) & 0xFFFF_FFFFL;
    if (start + count > block.limit()) {
      texts.damage("an EXIF block that is incomplete");
      return;
    }
    byte[] value = new byte[(int) count];
    block.get((int) start, value);
    String text = (tag == USER_COMMENT ? comment(value) : PictureTexts.utf8OrLatin1(value));
    text = PictureTexts.withoutNuls(text);
    Matcher named = NAMED.matcher(text);
    if (named.matches()) {
      texts.add(named.group(1), named.group(2));
    } else if (!text.isBlank()) {
      texts.add(KEYWORDS.get(tag), text);
    }
  }

  /** A user comment names its character set in eight bytes; some writers leave them out. */
  static String comment(byte[] value) {
    if (value.length < CHARSET_BYTES) {
      return PictureTexts.utf8OrLatin1(value);
    }
    byte[] text = Arrays.copyOfRange(value, CHARSET_BYTES, value.length);
    return switch (new String(value, 0, CHARSET_BYTES, StandardCharsets.ISO_8859_1)) {
      case "UNICODE\0" -> unicode(text);
      case "ASCII\0\0\0", "\0\0\0\0\0\0\0\0" -> PictureTexts.utf8OrLatin1(text);
      case "JIS\0\0\0\0\0" -> japanese(text);
      default -> PictureTexts.utf8OrLatin1(value);
    };
  }

  /**
   * The block's own byte order tells nothing: writers of either order have put the other one here,
   * and UTF-8 as well. A text of settings has letters of ASCII, which decide.
   */
  private static String unicode(byte[] text) {
    if (text.length >= 2 && (text[0] & 0xFF) + (text[1] & 0xFF) == 0xFE + 0xFF) {
      return new String(text, StandardCharsets.UTF_16); // with a byte order mark
    }
    boolean wide = text.length % 2 == 0 && (contains(text, 0) || !isAscii(text));
    if (!wide) {
      return PictureTexts.utf8OrLatin1(text);
    }
    String big = new String(text, StandardCharsets.UTF_16BE);
    String little = new String(text, StandardCharsets.UTF_16LE);
    return ascii(little) > ascii(big) ? little : big;
  }

  private static boolean contains(byte[] text, int value) {
    for (byte b : text) {
      if (b == value) {
        return true;
      }
    }
    return false;
  }

  private static boolean isAscii(byte[] text) {
    for (byte b : text) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }

  private static long ascii(String text) {
    return text.chars().filter(c -> (c >= ' ' && c < 0x7F) || c == '\n').count();
  }

  /** JIS X 0208 with its escape sequences; without them it can only be Shift JIS. */
  private static String japanese(byte[] text) {
    String name = contains(text, 0x1B) ? "ISO-2022-JP" : "Shift_JIS";
    return Charset.isSupported(name)
        ? new String(text, Charset.forName(name))
        : PictureTexts.utf8OrLatin1(text);
  }
}
