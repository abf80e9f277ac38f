package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import io.darkroom.base.ModelException;
import io.darkroom.image.Fit;
import io.darkroom.image.RgbImage;
import io.darkroom.model.LatentDiffusionNames;
import io.darkroom.model.ModelFiles;
import io.darkroom.request.HiresSize;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.Mask;
import io.darkroom.request.Setting;
import io.darkroom.request.SourcePicture;
import io.darkroom.request.Start;
import io.darkroom.runtime.MemoryGauge;
import io.darkroom.runtime.Offload;
import io.darkroom.testing.Golden;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.text.PromptSyntax;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * SDXL's refiner: whole pictures against diffusers 0.31, where tiny-sdxl ends early ({@code
 * denoising_end}) and tiny-refiner goes on ({@code denoising_start}); recorded in
 * golden/tiny-refiner.
 */
@Tag("slow")
class RefinerTest {
  private static final ComputeOptions FP32 = new ComputeOptions("cpu", "fp32");
  @TempDir private static Path refiner;

  private final RecordingListener listener = new RecordingListener();

  @BeforeAll
  static void putTogether() throws IOException {
    TestModels.refiner(refiner);
  }

  private static ModelFiles both() {
    return ModelFiles.of(TestModels.directory("tiny-sdxl"))
        .withRefiner(Optional.of(ModelFiles.of(refiner)));
  }

  private static ImageRequest request(String sampler, double start) {
    return new ImageRequest(
        "a photograph of an astronaut riding a horse",
        Optional.of("blurry, low quality, watermark"),
        PromptSyntax.PLAIN,
        43,
        Requests.settings(64, 64, 10, 7.5, sampler, 0).with(Setting.REFINER_START, start));
  }

  private static RgbImage expected(String run) throws IOException {
    return picture("tiny-refiner/" + run + ".png").picture().image();
  }

  private static SourcePicture picture(String file) throws IOException {
    return SourcePicture.read(file, new ByteArrayInputStream(Golden.bytes(file)));
  }

  private RgbImage paint(DiffusionPipeline pipeline, ImageRequest request) {
    return pipeline.generate(List.of(request), listener).get(0).image();
  }

  @ParameterizedTest
  @CsvSource({"ddim, 0.8, pipe_handover_ddim10", "euler, 0.7, pipe_handover_euler10"})
  void makesTheReferencesPicture(String sampler, double start, String run) throws IOException {
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(both(), FP32)) {
      Pictures.assertAlike(run, expected(run), paint(pipeline, request(sampler, start)));
    }
    assertEquals(10, listener.steps.size());
    assertEquals("10/10", listener.steps.get(9));
    assertEquals(List.of("1/2", "2/2"), listener.passes);
  }

  @Test
  void goesOnWithAPictureByItself() throws IOException {
    ImageRequest begun =
        new ImageRequest(
                "a photograph of an astronaut riding a horse",
                Optional.of("blurry, low quality, watermark"),
                PromptSyntax.PLAIN,
                41,
                Requests.settings(64, 64, 10, 7.5, "euler", 0))
            .withStart(new Start.Image(picture("tiny-refiner/init_image.png"), 0.6, Fit.STRETCH));
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(refiner, FP32)) {
      Pictures.assertAlike(
          "image to image", expected("pipe_img2img_euler10"), paint(pipeline, begun));
      InvalidRequestException refusal =
          assertThrows(
              InvalidRequestException.class, () -> pipeline.check(begun.withStart(Start.NOISE)));
      assertTrue(refusal.getMessage().contains("is a refiner, which cannot begin a picture"));
    }
  }

  /** Where the memory is short, one U-Net leaves it for the other. */
  @Test
  void takingTurnsPaintsTheSame() throws IOException {
    MemoryGauge scarce =
        new MemoryGauge() {
          @Override
          public OptionalLong free(Device device) {
            return OptionalLong.of(0);
          }

          @Override
          public OptionalLong total(Device device) {
            return OptionalLong.of(1L << 40);
          }
        };
    RgbImage kept;
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(both(), FP32.withOffload(Offload.NEVER))) {
      kept = paint(pipeline, request("euler", 0.7));
    }
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(both(), FP32.withOffload(Offload.ALWAYS))) {
      assertArrayEquals(kept.rgb(), paint(pipeline, request("euler", 0.7)).rgb());
      assertArrayEquals(kept.rgb(), paint(pipeline, request("euler", 0.7)).rgb());
    }
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(both().open(), FP32, scarce)) {
      assertTrue(
          pipeline.warnings().stream().anyMatch(line -> line.contains("take turns")),
          pipeline.warnings()::toString);
      Pictures.assertAlike("scarce", kept, paint(pipeline, request("euler", 0.7)));
    }
  }

  /** The noise of one generator goes on; a mask and a larger pass come along. */
  @Test
  void goesWithAllThatABaseCanDo() throws IOException {
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(both(), FP32)) {
      ImageRequest ancestral = request("euler-a", 0.6);
      assertArrayEquals(paint(pipeline, ancestral).rgb(), paint(pipeline, ancestral).rgb());
      RgbImage without = paint(pipeline, request("euler", 1));
      assertFalse(Arrays.equals(without.rgb(), paint(pipeline, request("euler", 0.7)).rgb()));
      ImageRequest large =
          request("heun", 0.8)
              .withSettings(
                  request("heun", 0.8).settings().with(Setting.HIRES, HiresSize.parse("2")));
      listener.passes.clear();
      assertEquals(128, paint(pipeline, large).width());
      assertEquals(List.of("1/3", "2/3", "3/3"), listener.passes);
      SourcePicture photo = picture("tiny-refiner/init_image.png");
      Start kept =
          new Start.Inpaint(
              new Start.Image(photo, 0.1, Fit.STRETCH),
              new Mask.Painted(photo),
              Start.MaskEdge.HARD,
              false,
              0,
              false);
      listener.steps.clear();
      paint(pipeline, request("euler", 0.5).withStart(kept));
      assertEquals(List.of("1/1"), listener.steps, "the refiner makes it alone");
    }
  }

  @Test
  void aShareThatLeavesNoStepsIsTold() {
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(both(), FP32)) {
      String late = refusal(pipeline, request("euler", 0.9995));
      assertTrue(late.startsWith("with a refiner start of 0.9995, none of 10 steps is left"), late);
      String early = refusal(pipeline, request("euler", 0.05));
      assertTrue(early.contains("is left to the model that begins"), early);
    }
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(TestModels.directory("tiny-sdxl"), FP32)) {
      String none = refusal(pipeline, request("euler", 0.7));
      assertEquals("a refiner start needs a refiner; name one with --refiner", none);
    }
  }

  private static String refusal(DiffusionPipeline pipeline, ImageRequest request) {
    return assertThrows(InvalidRequestException.class, () -> pipeline.check(request)).getMessage();
  }

  @Test
  void theFingerprintKnowsTheRefiner() throws IOException {
    String alone = ModelFiles.of(TestModels.directory("tiny-sdxl")).open().fingerprint();
    String refined = both().open().fingerprint();
    assertNotEquals(alone, refined);
    assertEquals(refined, both().open().fingerprint());
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(both(), FP32)) {
      assertEquals(ModelFiles.of(refiner).open().hash(), pipeline.refiner().orElseThrow().hash());
    }
  }

  /** As the refiner is published in one file, its names those of the original code. */
  @Test
  void isReadFromOneFile(@TempDir Path folder) throws IOException {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    Golden base = Golden.open(TestModels.directory("tiny-sdxl.safetensors"));
    for (String name : base.names()) {
      if (name.startsWith("first_stage_model.") || name.startsWith("conditioner.embedders.1.")) {
        tensors.put(
            name.replace("conditioner.embedders.1.", "conditioner.embedders.0."),
            TensorData.of(base.floats(name), base.shape(name)));
      }
    }
    Golden unet = Golden.open(TestModels.weights("tiny-refiner", "unet"));
    for (String name : unet.names()) {
      tensors.put(
          "model.diffusion_model." + original(name),
          TensorData.of(unet.floats(name), unet.shape(name)));
    }
    Path file = folder.resolve("sd_xl_refiner.safetensors");
    new SafetensorsWriter(StoredType.F32).write(file, tensors, Map.of());
    ModelFiles single =
        ModelFiles.of(file, Optional.of(refiner), Optional.empty(), System.getenv());
    ModelFiles whole =
        ModelFiles.of(TestModels.directory("tiny-sdxl")).withRefiner(Optional.of(single));
    assertTrue(single.open().kind().isRefiner());
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(whole, FP32)) {
      RgbImage picture = paint(pipeline, request("euler", 0.7));
      // The text encoder's halves are all that is other.
      double near = Pictures.difference(expected("pipe_handover_euler10"), picture).signalToNoise();
      assertTrue(near > 35, "" + near);
    }
  }

  /** The name in the layout of the original code, in which the blocks are numbered through. */
  private static String original(String name) {
    String renamed = name;
    for (Map.Entry<String, String> layer : LatentDiffusionNames.UNET.entrySet()) {
      renamed =
          renamed.replaceFirst("^" + Pattern.quote(layer.getValue() + "."), layer.getKey() + ".");
    }
    for (Map.Entry<String, String> layer : LatentDiffusionNames.RESIDUAL.entrySet()) {
      if (renamed.contains(".resnets.")) {
        renamed = renamed.replace("." + layer.getValue() + ".", "." + layer.getKey() + ".");
      }
    }
    Matcher block =
        Pattern.compile(
                "(down|up)_blocks\\.(\\d)\\.(resnets|attentions|downsamplers|upsamplers)\\.(\\d)\\.(.*)")
            .matcher(renamed);
    if (block.matches()) {
      int level = Integer.parseInt(block.group(2));
      int index = Integer.parseInt(block.group(4));
      String rest = block.group(5);
      boolean attends = level == 1 || level == 2;
      return switch (block.group(3)) {
        case "downsamplers" ->
            "input_blocks." + (3 * level + 3) + ".0." + rest.replaceFirst("^conv", "op");
        case "upsamplers" -> "output_blocks." + (3 * level + 2) + (attends ? ".2." : ".1.") + rest;
        default -> {
          String part = block.group(3).equals("resnets") ? ".0." : ".1.";
          yield block.group(1).equals("down")
              ? "input_blocks." + (3 * level + 1 + index) + part + rest
              : "output_blocks." + (3 * level + index) + part + rest;
        }
      };
    }
    return renamed
        .replace("mid_block.resnets.0.", "middle_block.0.")
        .replace("mid_block.attentions.0.", "middle_block.1.")
        .replace("mid_block.resnets.1.", "middle_block.2.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tiny-sdxl | tiny-sdxl | is no refiner but a model of the kind Stable Diffusion XL",
        "tiny-sdxl | tiny-sd1 | is no refiner but a model of the kind Stable Diffusion 1 or 2",
        "tiny-sd1 | refiner | goes on with latents of Stable Diffusion XL alone",
        "refiner | refiner | goes on with latents of Stable Diffusion XL alone",
      })
  void whatDoesNotFitIsToldInOneLine(String model, String second, String message) {
    ModelFiles files =
        ModelFiles.of(path(model)).withRefiner(Optional.of(ModelFiles.of(path(second))));
    String refusal = assertThrows(ModelException.class, files::open).getMessage();
    assertTrue(refusal.contains(message), refusal);
  }

  private static Path path(String model) {
    return model.equals("refiner") ? refiner : TestModels.directory(model);
  }

  @Test
  void aModelForInpaintingHasNoRefiner(@TempDir Path folder) throws IOException {
    TestModels.copy("tiny-sdxl", folder);
    for (String file :
        List.of(
            "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors")) {
      Files.write(
          folder.resolve(file),
          Files.readAllBytes(TestModels.directory("tiny-sdxl-inpaint").resolve(file)));
    }
    ModelFiles files = ModelFiles.of(folder).withRefiner(Optional.of(ModelFiles.of(refiner)));
    String refusal =
        assertThrows(ModelException.class, () -> DiffusionPipeline.open(files, FP32)).getMessage();
    assertTrue(refusal.contains("is a model for inpainting, with which a refiner"), refusal);
  }
}
