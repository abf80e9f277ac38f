package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.darkroom.model.Component;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.model.ModelSource;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.PictureSettings;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import org.junit.jupiter.api.Test;

class FirstLevelTest {
  private final ModelSource model = DiffusersDirectory.open(TestModels.directory("tiny-sd1"));

  private FirstLevel of(int width, int height, double guidance, int pictures) {
    PictureSettings settings = Requests.settings(width, height, 5, guidance, "ddim", 0);
    return FirstLevel.of(
        UNetConfig.parse(model.settings(Component.UNET)),
        DecoderConfig.parse(model.settings(Component.AUTOENCODER)),
        settings,
        pictures);
  }

  @Test
  void itGrowsWithPixelsPicturesAndGuidance() {
    FirstLevel one = of(64, 64, 1, 1);
    assertEquals(2 * one.pixels(), of(64, 64, 7.5, 1).pixels());
    assertEquals(6 * one.pixels(), of(64, 64, 7.5, 3).pixels());
    assertEquals(2 * one.pixels(), of(64, 128, 1, 1).pixels());
    assertEquals(one.pixels() * one.channels(), one.activations());
    assertEquals(18 * one.activations() * one.channels(), one.convolutionOperations());
  }
}
