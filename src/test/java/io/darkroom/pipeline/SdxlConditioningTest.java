package io.darkroom.pipeline;

import static io.darkroom.testing.Closeness.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.darkroom.base.OpenResources;
import io.darkroom.conditioning.KnownEmbeddings;
import io.darkroom.conditioning.PromptEncoder;
import io.darkroom.conditioning.TextPart;
import io.darkroom.conditioning.TextStage;
import io.darkroom.conditioning.UNetConditioning;
import io.darkroom.lora.Adapters;
import io.darkroom.model.Component;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.ImageRequest;
import io.darkroom.runtime.NetworkLoader;
import io.darkroom.runtime.OffloadableNetwork;
import io.darkroom.testing.Golden;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.text.ClipTokenizer;
import io.darkroom.torchscript.Precision;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What SDXL's U-Net is told, against diffusers 0.31's {@code StableDiffusionXLPipeline}. */
class SdxlConditioningTest {
  private static final double TOLERANCE = 1e-4;

  @ParameterizedTest
  @CsvSource({
    "euler10_noneg_64x64, ZEROS, 7.5, 'Sunset over the Alps; 35mm film, f/1.8'",
    "euler10_emptyneg_64x64, ENCODED, 7.5, 'Sunset over the Alps; 35mm film, f/1.8'",
    "euler10_nocfg_64x64, ZEROS, 1, an old lighthouse on a cliff in a storm",
  })
  void bothEncodersAndTheSizesAreAsTheReferenceHasThem(
      String run, PromptEncoder.NoNegative empty, double guidance, String prompt) {
    Golden golden = Golden.open("tiny-sdxl/pipe_" + run + ".safetensors");
    DiffusersDirectory model = DiffusersDirectory.open(TestModels.directory("tiny-sdxl"));
    UNetConfig unet = UNetConfig.parse(model.settings(Component.UNET));
    try (OpenResources resources = new OpenResources()) {
      NDManager manager = resources.keep(NDManager.newBaseManager(Device.cpu(), "PyTorch"));
      NetworkLoader loader = new NetworkLoader(model, Adapters.none(), manager);
      List<TextStage> stages = new ArrayList<>();
      for (TextPart part : TextPart.of(model, unet)) {
        ClipTokenizer tokenizer = resources.keep(part.openTokenizer(model));
        stages.add(
            new TextStage(
                tokenizer,
                part.embeddings(new KnownEmbeddings(List.of(), any -> {}), tokenizer),
                resources.keep(
                    OffloadableNetwork.permanent(part.network(loader, Precision.FLOAT32))),
                part.slot().output(),
                part.config().layers()));
      }
      ImageRequest request = Requests.of(prompt, "", 0, 64, 64, 10, guidance, "ddim", 0);
      UNetConditioning conditions =
          new PromptEncoder(stages, unet, empty)
              .embed(List.of(request), new RecordingListener()::onWarning, manager);
      UNetConditioning.Addition addition = conditions.addition().orElseThrow();
      assertEquals(guidance > 1, conditions.branches().areGuided());
      assertClose(run, golden.floats("context"), conditions.context(), TOLERANCE);
      assertClose(run, golden.floats("added.text_embeds"), addition.pooled(), TOLERANCE);
      assertArrayEquals(golden.floats("added.time_ids"), addition.sizes().toFloatArray());
    }
  }
}
