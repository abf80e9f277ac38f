package io.darkroom.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HiresSizeTest {
  /** As AUTOMATIC1111's web UI counts: the sides of the latents are whole. */
  @ParameterizedTest
  @CsvSource({
    "2, 512, 768, 1024x1536",
    "1.5, 512, 520, 768x776",
    "1.1, 80, 80, 88x88",
    "1.3, 512, 512, 664x664",
    "1, 64, 64, 64x64",
    "1024x1536, 512, 512, 1024x1536",
    "2.0, 64, 64, 128x128"
  })
  void aFactorRoundsDown(String hires, int width, int height, String expected) {
    PictureSize size = HiresSize.parse(hires).after(new PictureSize(width, height), 8);
    assertEquals(expected, size.width() + "x" + size.height());
  }

  @ParameterizedTest
  @CsvSource({"2, 2", "1.50, 1.5", "1024X1536, 1024x1536"})
  void aTextHasOneForm(String text, String form) {
    assertEquals(form, HiresSize.parse(text).toString());
    assertEquals(HiresSize.parse(text), HiresSize.parse(form));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0.5", "0", "-2", "16.1", "1e400", "big", "", "1024x", "0x64", "64x99999"})
  void whatIsNoSizeIsToldInOneLine(String text) {
    InvalidRequestException refusal =
        assertThrows(InvalidRequestException.class, () -> HiresSize.parse(text));
    assertTrue(
        refusal.getMessage().startsWith("hires must be a factor of 1 to 16, or a size such as"),
        refusal.getMessage());
  }

  @Test
  void anUpscalerIsAWordOrAFile() {
    assertEquals(HiresUpscaler.LATENT, HiresUpscaler.parse("Latent"));
    assertEquals(HiresUpscaler.LANCZOS, HiresUpscaler.parse(" lanczos "));
    HiresUpscaler.Network file =
        assertInstanceOf(HiresUpscaler.Network.class, HiresUpscaler.parse("up/4x.pth"));
    assertEquals(Path.of("up/4x.pth"), file.file());
    assertEquals("up/4x.pth", file.toString());
    assertThrows(InvalidRequestException.class, () -> HiresUpscaler.parse(" "));
  }
}
