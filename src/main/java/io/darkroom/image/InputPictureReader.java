package io.darkroom.image;

import com.luciad.imageio.webp.WebPReader;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Reads pictures that people have: PNG, JPEG, WebP, GIF, BMP and TIFF of every kind that the
 * installed readers know. The colours are those that Pillow gives for the same file ({@code
 * ImageOps.exif_transpose} and {@code convert("RGB")}, as diffusers' {@code load_image} does).
 *
 * <p>A file is not trusted: its size is bounded, and so is the picture's, before it is decoded.
 * Every file that cannot be read is an {@link IOException} with a message for the person who named
 * it.
 */
public final class InputPictureReader {
  /** The most pixels of a picture: 12,000 by 10,000. */
  public static final long MOST_PIXELS = 120_000_000;

  /** The most bytes of a file. */
  public static final int MOST_BYTES = 512 << 20;

  private static final int UPRIGHT = 1;

  private static final String CUT_OFF = "the picture is incomplete";

  /** Where an extended WebP file has its flags, and the one of animations. */
  private static final int WEBP_FLAGS = 20;

  private static final int WEBP_ANIMATION = 2;

  private InputPictureReader() {}

  /**
   * Reads a picture; of several in one file the first.
   *
   * @param in gives the file from its first byte to its last; not closed
   * @return the picture
   * @throws IOException if the file cannot be read, is no picture, is malformed or too large
   */
  public static InputPicture read(InputStream in) throws IOException {
    byte[] file = in.readNBytes(MOST_BYTES + 1);
    if (file.length > MOST_BYTES) {
      throw new IOException("the file has more than " + (MOST_BYTES >> 20) + " MiB");
    }
    if (file.length == 0) {
      throw new IOException("the file is empty");
    }
    List<ImageReader> readers = readers(file);
    if (readers.isEmpty()) {
      throw new IOException("the file is not a picture of a known format (PNG, JPEG, WebP...)");
    }
    try {
      return read(readers, file);
    } finally {
      readers.forEach(ImageReader::dispose);
    }
  }

  private static List<ImageReader> readers(byte[] file) throws IOException {
    List<ImageReader> readers = new ArrayList<>();
    try (ImageInputStream stream = stream(file)) {
      ImageIO.getImageReaders(stream).forEachRemaining(readers::add);
    }
    // One WebP reader gives Pillow's colours, bit for bit; the other knows animations, and is slow
    // with damaged files.
    if (isWebP(file)) {
      boolean animated = isAnimatedWebP(file);
      readers.removeIf(reader -> reader instanceof WebPReader == animated);
    }
    return readers;
  }

  private static boolean isWebP(byte[] file) {
    return file.length > WEBP_FLAGS
        && new String(file, 0, 4, StandardCharsets.ISO_8859_1).equals("RIFF")
        && new String(file, 8, 4, StandardCharsets.ISO_8859_1).equals("WEBP");
  }

  private static boolean isAnimatedWebP(byte[] file) {
    return new String(file, 12, 4, StandardCharsets.ISO_8859_1).equals("VP8X")
        && (file[WEBP_FLAGS] & WEBP_ANIMATION) != 0;
  }

  private static ImageInputStream stream(byte[] file) {
    return new MemoryCacheImageInputStream(new ByteArrayInputStream(file));
  }

  /** What one reader cannot read another may. */
  private static InputPicture read(List<ImageReader> readers, byte[] file) throws IOException {
    IOException failure = new IOException("no reader");
    for (ImageReader reader : readers) {
      try (ImageInputStream stream = stream(file)) {
        reader.setInput(stream, false, true);
        return read(reader, file);
      } catch (TooLargeException e) {
        throw e;
      } catch (IOException | RuntimeException e) {
        // The readers' own words are for programmers, and some are empty.
        failure = new IOException("the picture is damaged, incomplete or of an unknown kind", e);
      }
    }
    throw failure;
  }

  /** A picture that could be read, but must not be. */
  private static final class TooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    TooLargeException(int width, int height) {
      super(
          "%dx%d pixels are too many; at most %d are allowed: make it smaller first"
              .formatted(width, height, MOST_PIXELS));
    }
  }

  private static InputPicture read(ImageReader reader, byte[] file) throws IOException {
    long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
    if (pixels > MOST_PIXELS) {
      throw new TooLargeException(reader.getWidth(0), reader.getHeight(0));
    }
    List<String> notes = new ArrayList<>();
    String format = reader.getFormatName().toLowerCase(Locale.ROOT);
    if (isAnimated(reader, format, file)) {
      notes.add("the file has several pictures; the first one is used");
    }
    reader.addIIOReadWarningListener((source, warning) -> hear(warning, notes));
    BufferedImage decoded = reader.read(0, reader.getDefaultReadParam());
    if (notes.contains(CUT_OFF)) {
      throw new IOException(CUT_OFF);
    }
    Turn turn = new Turn(orientation(file), decoded.getWidth(), decoded.getHeight());
    byte[] rgb = new byte[3 * decoded.getWidth() * decoded.getHeight()];
    byte[] opacity = new byte[decoded.getColorModel().hasAlpha() ? rgb.length / 3 : 0];
    copy(decoded, turn, rgb, opacity);
    return new InputPicture(
        new RgbImage(turn.width(), turn.height(), rgb),
        opacity.length == 0
            ? Optional.empty()
            : Optional.of(new GreyImage(turn.width(), turn.height(), opacity)),
        notes);
  }

  /** A JPEG reader fills with grey what is missing, and only warns. */
  private static void hear(String warning, List<String> notes) {
    if (warning.contains("premature end of data segment")) {
      notes.add(CUT_OFF);
    } else if (warning.startsWith("Corrupt JPEG data")) {
      notes.add("the picture may be damaged (" + warning + ")");
    }
  }

  private static boolean isAnimated(ImageReader reader, String format, byte[] file)
      throws IOException {
    if (format.equals("png")) {
      return hasChunkBeforePixels(file);
    }
    return !format.startsWith("jp") && reader.getNumImages(true) > 1;
  }

  /** An animated PNG has the chunk {@code acTL} before its first {@code IDAT}. */
  private static boolean hasChunkBeforePixels(byte[] file) {
    int place = 8;
    while (place + 8 <= file.length) {
      String type = new String(file, place + 4, 4, StandardCharsets.ISO_8859_1);
      if (type.equals("acTL") || type.equals("IDAT")) {
        return type.equals("acTL");
      }
      long length = ByteBuffer.wrap(file, place, 4).getInt() & 0xFFFF_FFFFL;
      if (length > file.length) {
        return false;
      }
      place += (int) length + 12;
    }
    return false;
  }

  /** EXIF's number; what cannot be read turns nothing. */
  private static int orientation(byte[] file) {
    try {
      return new PictureReader(new ByteArrayInputStream(file)).readSummary().orientation();
    } catch (IOException e) {
      return UPRIGHT; // a format without EXIF
    }
  }

  /**
   * Copies the samples as the file has them. Java's own conversion to sRGB would apply a colour
   * profile, and lightens each grey by a gamma that no other program applies.
   */
  private static void copy(BufferedImage image, Turn turn, byte[] rgb, byte[] opacity) {
    ColorModel model = image.getColorModel();
    Raster raster = image.getRaster();
    int width = image.getWidth();
    boolean isRaw =
        model instanceof ComponentColorModel
            && (model.getTransferType() == DataBuffer.TYPE_BYTE
                || model.getTransferType() == DataBuffer.TYPE_USHORT)
            && !model.isAlphaPremultiplied()
            && (model.getColorSpace().getType() == ColorSpace.TYPE_RGB
                || model.getColorSpace().getType() == ColorSpace.TYPE_GRAY);
    int bands = raster.getNumBands();
    int colours = model.getNumColorComponents();
    int shift = model.getTransferType() == DataBuffer.TYPE_USHORT ? 8 : 0;
    int[] row = new int[width * Math.max(bands, 1)];
    for (int y = 0; y < image.getHeight(); y++) {
      if (isRaw) {
        raster.getPixels(0, y, width, 1, row);
      } else {
        image.getRGB(0, y, width, 1, row, 0, width);
      }
      for (int x = 0; x < width; x++) {
        int place = turn.place(x, y);
        for (int channel = 0; channel < 3; channel++) {
          rgb[3 * place + channel] =
              (byte)
                  (isRaw
                      ? row[x * bands + (colours == 1 ? 0 : channel)] >> shift
                      : row[x] >> (16 - 8 * channel));
        }
        if (opacity.length > 0) {
          opacity[place] = (byte) (isRaw ? row[x * bands + bands - 1] >> shift : row[x] >>> 24);
        }
      }
    }
  }

  /**
   * Where a pixel goes when a picture is turned upright.
   *
   * @param orientation EXIF's number, 1 to 8
   * @param storedWidth pixels of a row in the file
   * @param storedHeight rows in the file
   */
  private record Turn(int orientation, int storedWidth, int storedHeight) {
    int width() {
      return orientation > 4 ? storedHeight : storedWidth;
    }

    int height() {
      return orientation > 4 ? storedWidth : storedHeight;
    }

    int place(int x, int y) {
      int right = storedWidth - 1 - x;
      int below = storedHeight - 1 - y;
      return switch (orientation) {
        case 2 -> y * storedWidth + right;
        case 3 -> below * storedWidth + right;
        case 4 -> below * storedWidth + x;
        case 5 -> x * storedHeight + y;
        case 6 -> x * storedHeight + below;
        case 7 -> right * storedHeight + below;
        case 8 -> right * storedHeight + y;
        default -> y * storedWidth + x;
      };
    }
  }
}
