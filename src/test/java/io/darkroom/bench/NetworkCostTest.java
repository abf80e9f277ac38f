package io.darkroom.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.model.CheckpointFamily;
import io.darkroom.model.Component;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.model.ModelSource;
import io.darkroom.network.Autoencoder;
import io.darkroom.network.AutoencoderConfig;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.StepSizes;
import io.darkroom.network.TinyAutoencoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.testing.TestModels;
import io.darkroom.torchscript.Cost;
import io.darkroom.torchscript.Cost.Kind;
import io.darkroom.torchscript.OperationCounter;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Value.Shaped;
import io.darkroom.torchscript.WeightCatalog;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkCostTest {
  private static final DeviceRates RATES = new DeviceRates(100, 10, 4);

  @Test
  void theLongerOfArithmeticAndBytesCounts() {
    assertEquals(20, RATES.seconds(new Cost(Kind.CONVOLUTION, 200, 8)));
    assertEquals(2, RATES.seconds(new Cost(Kind.MATRIX_PRODUCT, 200, 8)));
    assertEquals(3, RATES.seconds(new Cost(Kind.MATRIX_PRODUCT, 200, 12)));
    assertEquals(2, RATES.seconds(new Cost(Kind.ATTENTION, 200, 4)));
    assertEquals(0, RATES.seconds(new Cost(Kind.OTHER, 0, 4000)));
    assertEquals(new DeviceRates(100, 20, 4), RATES.best(new DeviceRates(50, 20, 3)));
  }

  @Test
  void theFloorIsTheSumAndElementwiseBytesStandBeside() {
    NetworkCost cost =
        new NetworkCost(
            List.of(
                new Cost(Kind.CONVOLUTION, 200, 8),
                new Cost(Kind.OTHER, 0, 7),
                new Cost(Kind.MATRIX_PRODUCT, 200, 12),
                new Cost(Kind.ATTENTION, 100, 1)));
    assertEquals(20 + 3 + 1, cost.floor(RATES));
    assertEquals(500, cost.operations());
    assertEquals(200, cost.operations(Kind.MATRIX_PRODUCT));
    assertEquals(21, cost.productBytes());
    assertEquals(7, cost.elementwiseBytes());
  }

  @Test
  void aStepOfStableDiffusion1TakesWhatIsPublishedAndAGuidedOneNearlyTwice() {
    // 338.7 billion multiplications for one 64x64 latent (Kim et al., arXiv 2305.15798, table 1),
    // those inside attention not among them.
    UNetConfig config =
        UNetConfig.parse(CheckpointFamily.STABLE_DIFFUSION_1.settings(Component.UNET));
    NetworkCost plain = NetworkCost.of(config, Precision.FLOAT32, step(64, 77, false));
    long layers = plain.operations() - plain.operations(Kind.ATTENTION);
    assertEquals(2 * 338.7e9, (double) layers, 0.005 * 2 * 338.7e9);
    // The branches share what comes before the text: some 2.5 hundredths.
    NetworkCost guided = NetworkCost.of(config, Precision.FLOAT32, step(64, 77, true));
    assertEquals(1.95, (double) guided.operations() / plain.operations(), 0.005);
    // Each weight is read once in either, in half precision at half the bytes.
    assertTrue(plain.productBytes() > 4 * 800_000_000L);
    Precision half = Precision.of(Precision.Format.BFLOAT16);
    assertEquals(
        2,
        (double) plain.productBytes()
            / NetworkCost.of(config, half, step(64, 77, false)).productBytes(),
        0.01);
  }

  @Test
  void builtInGuidanceAndATinyAutoencoderCanBeCounted() {
    JsonObject settings = CheckpointFamily.STABLE_DIFFUSION_1.settings(Component.UNET).json();
    UNetConfig plain = UNetConfig.parse(JsonConfig.of("plain", settings.deepCopy()));
    settings.addProperty("time_cond_proj_dim", 256);
    UNetConfig distilled = UNetConfig.parse(JsonConfig.of("distilled", settings));
    assertTrue(distilled.embedsGuidance());
    assertEquals(
        NetworkCost.of(plain, Precision.FLOAT32, step(64, 77, false)).operations(),
        NetworkCost.of(distilled, Precision.FLOAT32, step(64, 77, false)).operations());
    NetworkCost tiny =
        NetworkCost.of(
            new TinyAutoencoderConfig(4, 64, List.of(3, 3, 3, 1), 1, 0), Precision.FLOAT32, 64, 64);
    // The last block, which has three convolutions of 64 channels, and that into colours.
    long finest = 512L * 512 * 2 * 9 * 64 * (3 * 64 + 3);
    assertTrue(tiny.operations() > finest, () -> tiny.operations() + " over " + finest);
    assertEquals(0, tiny.operations(Kind.ATTENTION));
  }

  private static StepSizes step(long side, long tokens, boolean guided) {
    return new StepSizes(1, side, side, tokens, 4, guided);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-sdxl"})
  void everyKindOfModelCanBeCounted(String model) {
    ModelSource source = DiffusersDirectory.open(TestModels.directory(model));
    UNetConfig unet = UNetConfig.parse(source.settings(Component.UNET));
    NetworkCost one = NetworkCost.of(unet, Precision.FLOAT32, step(8, 77, true));
    NetworkCost three =
        NetworkCost.of(unet, Precision.FLOAT32, new StepSizes(3, 8, 8, 77, 4, true));
    assertTrue(one.operations(Kind.CONVOLUTION) > 0);
    assertTrue(one.operations(Kind.ATTENTION) > 0);
    assertEquals(3 * one.operations(), three.operations());
    assertTrue(three.productBytes() < 3 * one.productBytes());
    DecoderConfig decoder = DecoderConfig.parse(source.settings(Component.AUTOENCODER));
    Script script = new Script(Precision.FLOAT32);
    new Autoencoder((AutoencoderConfig) decoder)
        .writeDecoderTo(WeightCatalog.ofNewModel().root(), script);
    OperationCounter counter = new OperationCounter(script);
    counter.count(Autoencoder.DECODE_TO_BYTES, Shaped.of(4, 1, 4, 8, 12));
    assertEquals(
        new NetworkCost(counter.costs()), NetworkCost.of(decoder, Precision.FLOAT32, 8, 12));
  }
}
