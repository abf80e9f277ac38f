package io.darkroom.image;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects the texts of a file that is not trusted, and what of it could not be read. */
final class PictureTexts {
  /** The most bytes that all texts of a file may have together. */
  static final int MOST_BYTES = 1 << 24;

  private static final int MOST_COMPLAINTS = 20;
  private static final int UPRIGHT = 1;
  private static final int LAST_ORIENTATION = 8;

  private final Map<String, String> texts = new LinkedHashMap<>();
  private final List<String> damage = new ArrayList<>();
  private int orientation = UPRIGHT;
  private int room = MOST_BYTES;

  /** Adds a text, unless there is one with its keyword, or too much text already. */
  void add(String keyword, String text) {
    if (text.length() > room) {
      damage("more than 16 MiB of text");
      return;
    }
    room -= text.length();
    texts.putIfAbsent(keyword, text);
  }

  /** Adds what could not be read. */
  void damage(String what) {
    if (damage.size() < MOST_COMPLAINTS && !damage.contains(what)) {
      damage.add(what);
    }
  }

  /** Tells how the picture was held; what is none of EXIF's eight ways counts for nothing. */
  void orientation(int number) {
    if (number >= UPRIGHT && number <= LAST_ORIENTATION) {
      orientation = number;
    }
  }

  /** What was found, for a picture of this size. */
  PictureSummary summary(int width, int height) {
    return new PictureSummary(width, height, texts, orientation, damage);
  }

  /**
   * Decodes bytes whose writer may have kept to its specification or not.
   *
   * @return the text: UTF-8 if it is that, else Latin-1
   */
  static String utf8OrLatin1(byte[] bytes) {
    try {
      return decode(bytes, StandardCharsets.UTF_8);
    } catch (CharacterCodingException e) {
      return new String(bytes, StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * Leaves out what C programs end texts with.
   *
   * @return the text without the NULs at its end
   */
  static String withoutNuls(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == 0) {
      end--;
    }
    return text.substring(0, end);
  }

  /** Decodes strictly. */
  static String decode(byte[] bytes, Charset charset) throws CharacterCodingException {
    return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
  }
}
