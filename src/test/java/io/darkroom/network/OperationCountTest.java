package io.darkroom.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.JsonConfig;
import io.darkroom.model.CheckpointFamily;
import io.darkroom.model.Component;
import io.darkroom.model.ModelFiles;
import io.darkroom.torchscript.Cost;
import io.darkroom.torchscript.Cost.Kind;
import io.darkroom.torchscript.OperationCounter;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Value;
import io.darkroom.torchscript.Value.Listed;
import io.darkroom.torchscript.Value.Numeric;
import io.darkroom.torchscript.Value.Shaped;
import io.darkroom.torchscript.WeightCatalog;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The published networks' costs against what others counted. */
class OperationCountTest {
  @Test
  void theUNetOfStableDiffusion1TakesWhatIsPublished() throws IOException {
    // 338.7 billion multiplications in the layers for one 64x64 latent (Kim et al., BK-SDM, arXiv
    // 2305.15798, table 1); the counters in use know modules alone, so attention's own are beside.
    Script script = unet("stable-diffusion-1.json");
    OperationCounter counter = new OperationCounter(script);
    Value times = counter.count(UNet.EMBED_TIMES, Shaped.of(4, 50));
    Value contexts = counter.count(UNet.EMBED_CONTEXT, Shaped.of(4, 1, 77, 768));
    OperationCounter step = new OperationCounter(script);
    Value prediction =
        step.count(
            "denoise", Shaped.of(4, 1, 4, 64, 64), times, new Numeric(0), contexts, new Numeric(1));
    assertEquals(Shaped.of(4, 1, 4, 64, 64), prediction);
    long attention =
        step.costs().stream()
            .filter(cost -> cost.kind() == Kind.ATTENTION)
            .mapToLong(Cost::operations)
            .sum();
    assertEquals(2 * 338.7e9, (double) (operations(step) - attention), 0.005 * 2 * 338.7e9);
    // Each level's transformers, two down and three up, and one in the middle: 4 n (n + 77) C.
    long expected = 0;
    for (long[] level :
        new long[][] {{4096, 320, 5}, {1024, 640, 5}, {256, 1280, 5}, {64, 1280, 1}}) {
      expected += 4 * level[0] * (level[0] + 77) * level[1] * level[2];
    }
    assertEquals(expected, attention);
  }

  /**
   * The branches are one until the first cross-attention: its transformer's self-attention and
   * before.
   */
  @Test
  void guidanceTakesTwiceButForWhatItsBranchesShare() throws IOException {
    Script script = unet("stable-diffusion-1.json");
    OperationCounter counter = new OperationCounter(script);
    Value times = counter.count(UNet.EMBED_TIMES, Shaped.of(4, 50));
    Value one = counter.count(UNet.EMBED_CONTEXT, Shaped.of(4, 1, 77, 768));
    Value two = counter.count(UNet.EMBED_CONTEXT, Shaped.of(4, 2, 77, 768));
    OperationCounter single = new OperationCounter(script);
    single.count("denoise", Shaped.of(4, 1, 4, 32, 40), times, new Numeric(0), one, new Numeric(1));
    OperationCounter guided = new OperationCounter(script);
    guided.count(
        "denoise_guided",
        Shaped.of(4, 1, 4, 32, 40),
        times,
        new Numeric(0),
        two,
        new Numeric(1),
        new Numeric(7.5),
        new Numeric(0));
    long pixels = 32 * 40;
    long convolutions = 9 * (4 * 320 + 2 * 320 * 320);
    long attention = 5 * 320 * 320 + 2 * pixels * 320;
    assertEquals(
        2 * operations(single) - 2 * pixels * (convolutions + attention), operations(guided));
  }

  /** Ma et al., arXiv 2312.00858: what is left where the deep layers' result is reused. */
  @Test
  void aStepThatReusesTakesAFewHundredths() throws IOException {
    Script script = unet("stable-diffusion-1.json");
    OperationCounter counter = new OperationCounter(script);
    Value times = counter.count(UNet.EMBED_TIMES, Shaped.of(4, 50));
    Value contexts = counter.count(UNet.EMBED_CONTEXT, Shaped.of(4, 1, 77, 768));
    Value latents = Shaped.of(4, 1, 4, 64, 64);
    Value zero = new Numeric(0);
    Value one = new Numeric(1);
    OperationCounter whole = new OperationCounter(script);
    whole.count("denoise", latents, times, zero, contexts, one);
    OperationCounter keeping = new OperationCounter(script);
    Value kept = keeping.count("denoise_keeping", latents, times, zero, contexts, one);
    assertEquals(
        List.of(Shaped.of(4, 1, 4, 64, 64), Shaped.of(4, 1, 320, 64, 64)),
        ((Listed) kept).tensors());
    assertEquals(operations(whole), operations(keeping));
    OperationCounter reusing = new OperationCounter(script);
    reusing.count("denoise_reusing", latents, times, zero, contexts, one, kept);
    // By hand: convolutions 4 and 320, 640, 320 channels to 320 and 320 to 4, one of single pixels
    // from 640; the transformer's products of 320 channels.
    long pixels = 4096;
    long convolutions = 9 * (4 * 320 + 640 * 320 + 320 * 320 + 320 * 4) + 640 * 320;
    long layers = 320 * 320 * (2 + 4 + 2 + 8 + 4);
    long attention = 2 * (pixels + 77) * 320;
    assertEquals(2 * pixels * (convolutions + layers + attention), operations(reusing));
  }

  /** The finest level's input is computed twice, once for a norm's statistics. */
  @Test
  void decodingInStripsTakesOneConvolutionMore() {
    Script script = new Script(Precision.FLOAT32);
    new Autoencoder(
            AutoencoderConfig.parse(
                CheckpointFamily.STABLE_DIFFUSION_1.settings(Component.AUTOENCODER)))
        .writeDecoderTo(WeightCatalog.ofNewModel().root(), script);
    Value latents = Shaped.of(4, 1, 4, 8, 10);
    OperationCounter whole = new OperationCounter(script);
    Value expected = whole.count(Autoencoder.DECODE_TO_BYTES, latents);
    OperationCounter strips = new OperationCounter(script);
    assertEquals(expected, strips.count(Autoencoder.DECODE_TO_BYTES_IN_STRIPS, latents));
    long again = 2L * 64 * 80 * 9 * 256 * 256;
    assertEquals(operations(whole) + again, operations(strips));
  }

  private static long operations(OperationCounter counter) {
    return counter.costs().stream().mapToLong(Cost::operations).sum();
  }

  private static Script unet(String family) throws IOException {
    try (Reader text =
        new InputStreamReader(
            ModelFiles.class.getResourceAsStream(family), StandardCharsets.UTF_8)) {
      JsonObject config = JsonParser.parseReader(text).getAsJsonObject().getAsJsonObject("unet");
      Script script = new Script(Precision.FLOAT32);
      new UNet(UNetConfig.parse(JsonConfig.of(family, config)))
          .writeTo(WeightCatalog.ofNewModel().root(), script);
      return script;
    }
  }
}
