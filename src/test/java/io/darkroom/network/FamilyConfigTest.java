package io.darkroom.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.darkroom.model.Component;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelSource;
import io.darkroom.testing.TestModels;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import java.util.Arrays;
import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The settings that a single file is given without a config describe the published models: as many
 * parameters as those have.
 */
class FamilyConfigTest {
  @ParameterizedTest
  @CsvSource({
    "tiny-sd1, 859_520_964, 83_653_863, 123_060_480",
    "tiny-sd2, 865_910_724, 83_653_863, 340_387_840"
  })
  void theNetworksHaveThePublishedSizes(String file, String unet, String vae, String text) {
    ModelSource model = ModelFiles.of(TestModels.directory(file + ".safetensors")).open();
    UNet network = new UNet(UNetConfig.parse(model.settings(Component.UNET)));
    assertEquals(
        parameters(unet), count((catalog, script) -> network.writeTo(catalog.root(), script)));
    Autoencoder autoencoder =
        new Autoencoder(AutoencoderConfig.parse(model.settings(Component.AUTOENCODER)));
    assertEquals(
        parameters(vae),
        count(
            (catalog, script) -> {
              autoencoder.writeDecoderTo(catalog.root(), script);
              autoencoder.writeEncoderTo(catalog.root(), new Script(Precision.FLOAT32));
            }));
    TextEncoder encoder =
        new TextEncoder(TextEncoderConfig.parse(model.settings(Component.TEXT_ENCODER)));
    assertEquals(
        parameters(text),
        count(
            (catalog, script) -> {
              Method encode = script.method("encode");
              encode.returns(encoder.encodeToLast(catalog.root(), encode.tensor("ids", 1)));
            }));
  }

  private static long parameters(String count) {
    return Long.parseLong(count.replace("_", ""));
  }

  private static long count(BiConsumer<WeightCatalog, Script> network) {
    WeightCatalog catalog = WeightCatalog.ofNewModel();
    network.accept(catalog, new Script(Precision.FLOAT32));
    return catalog.shapes().values().stream()
        .mapToLong(shape -> Arrays.stream(shape).reduce(1, (a, b) -> a * b))
        .sum();
  }
}
