package io.darkroom.hub;

import java.util.Locale;

/** Numbers of bytes as people read them. */
public final class ByteCount {
  private static final String[] UNITS = {"kB", "MB", "GB", "TB"};

  private ByteCount() {}

  /**
   * Writes a number of bytes with a decimal unit, as the hub does.
   *
   * @param bytes the number
   * @return such as {@code 512 bytes} or {@code 3.4 GB}
   */
  public static String text(long bytes) {
    double value = bytes;
    String unit = "bytes";
    for (int i = 0; i < UNITS.length && value >= 1000; i++) {
      value /= 1000;
      unit = UNITS[i];
    }
    return unit.equals("bytes")
        ? bytes + " bytes"
        : String.format(Locale.ROOT, "%.1f %s", value, unit);
  }
}
