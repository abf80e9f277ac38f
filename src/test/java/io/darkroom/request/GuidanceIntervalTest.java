package io.darkroom.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.testing.Requests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuidanceIntervalTest {
  @ParameterizedTest
  @CsvSource({
    "0.3:5.5, 0.3, 5.5, 0.3:5.5",
    "0.30:5, 0.3, 5, 0.3:5",
    ":5.5, 0, 5.5, :5.5",
    "0:5.5, 0, 5.5, :5.5",
    "0.28:, 0.28, Infinity, 0.28:",
    ":, 0, Infinity, :",
    "' 1 : 2 ', 1, 2, 1:2",
    "1e-3:1e1, 0.001, 10, 0.001:10"
  })
  void isReadAndWritten(String text, double low, double high, String written) {
    GuidanceInterval interval = GuidanceInterval.parse(text);
    assertEquals(new GuidanceInterval(low, high), interval);
    assertEquals(written, interval.toString());
    assertEquals(interval, GuidanceInterval.parse(written));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | guidance interval '' is not LOW:HIGH, such as 0.3:5.5, 0.3: or :5.5",
        "5 | guidance interval '5' is not LOW:HIGH, such as 0.3:5.5, 0.3: or :5.5",
        "1:2:3 | guidance interval '1:2:3' is not LOW:HIGH, such as 0.3:5.5, 0.3: or :5.5",
        "-1:2 | guidance interval '-1:2' is not LOW:HIGH, such as 0.3:5.5, 0.3: or :5.5",
        "a:b | guidance interval 'a:b' is not LOW:HIGH, such as 0.3:5.5, 0.3: or :5.5",
        "1:NaN | guidance interval '1:NaN' is not LOW:HIGH, such as 0.3:5.5, 0.3: or :5.5",
        "1:1e999 | guidance interval '1:1e999' is not LOW:HIGH, such as 0.3:5.5, 0.3: or :5.5",
        "5:5 | guidance interval 5:5 is empty; it goes from a lower to a higher noise level",
        "6:5 | guidance interval 6:5 is empty; it goes from a lower to a higher noise level"
      })
  void whatIsNoneIsRefused(String text, String message) {
    assertEquals(
        message,
        assertThrows(InvalidRequestException.class, () -> GuidanceInterval.parse(text))
            .getMessage());
  }

  @Test
  void itsUpperEndBelongsToIt() {
    GuidanceInterval interval = new GuidanceInterval(0.3, 5.5);
    assertFalse(interval.contains(0.3));
    assertTrue(interval.contains(0.31));
    assertTrue(interval.contains(5.5));
    assertFalse(interval.contains(5.6));
    assertTrue(GuidanceInterval.EVERYWHERE.contains(Double.POSITIVE_INFINITY));
    assertTrue(GuidanceInterval.EVERYWHERE.contains(Double.MIN_VALUE));
  }

  @Test
  void onlyOneThatLeavesSomethingOutCounts() {
    PictureSettings plain = Requests.settings(64, 64, 3, 7.5, "ddim", 0);
    assertFalse(plain.guidance().isLimited());
    assertFalse(Requests.settings(plain, ":", 1).guidance().isLimited());
    assertTrue(Requests.settings(plain, "0.1:", 1).guidance().isLimited());
  }
}
