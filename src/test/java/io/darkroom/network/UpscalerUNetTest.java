package io.darkroom.network;

import static io.darkroom.testing.Closeness.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.base.ModelException;
import io.darkroom.network.StepVariant.DeepLayers;
import io.darkroom.network.TimeEmbeddingSource.ClassTable;
import io.darkroom.network.UNetConfig.CrossAttention;
import io.darkroom.network.UNetConfig.CrossAttention.First;
import io.darkroom.network.UNetConfig.None;
import io.darkroom.network.UNetConfig.SelfAttention;
import io.darkroom.testing.Golden;
import io.darkroom.testing.TestDevice;
import io.darkroom.torchscript.ConvolutionPadding;
import io.darkroom.torchscript.EngineValue;
import io.darkroom.torchscript.LoadedModule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The U-Nets of the upscalers against diffusers 0.31: {@code UNet2DConditionModel} with a class and
 * text in place of pixels (tiny-x4-upscaler), {@code UNet2DModel} without text (tiny-ldm-sr).
 */
class UpscalerUNetTest {
  private static final double TOLERANCE = TestDevice.tolerance(1e-4);

  private static UNetConfig config(String model) {
    return UNetConfig.parse(new TinyNetwork(model, "unet").config());
  }

  private static LoadedModule load(String model, NDManager manager) {
    UNetConfig config = config(model);
    return new TinyNetwork(model, "unet")
        .load(manager, TestDevice.precision(), (w, script) -> new UNet(config).writeTo(w, script));
  }

  @Test
  void stableDiffusionsUpscalerIsToldAClassAndAttendsToTextTwice() {
    assertParity("tiny-x4-upscaler", 4);
  }

  @Test
  void latentSuperResolutionAttendsToPixelsAlone() {
    assertParity("tiny-ldm-sr", 3);
  }

  private static void assertParity(String model, int latentChannels) {
    Golden golden = Golden.open(model + "/unet.safetensors");
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule unet = load(model, manager)) {
      for (String name : List.of("a", "b")) {
        NDArray all = golden.array(name + ".sample", manager);
        NDList predictions = new NDList();
        for (int i = 0; i < all.getShape().get(0); i++) {
          predictions.add(predicted(unet, golden, name + ".", i, latentChannels, manager));
        }
        assertClose(
            model + " " + name,
            golden.floats(name + ".out"),
            NDArrays.concat(predictions),
            TOLERANCE);
      }
    }
  }

  /** One of the samples. */
  private static NDArray predicted(
      LoadedModule unet,
      Golden golden,
      String prefix,
      int index,
      int latentChannels,
      NDManager manager) {
    String row = index + ":" + (index + 1);
    NDArray sample = golden.array(prefix + "sample", manager).get(row);
    boolean hasText = golden.names().contains(prefix + "context");
    List<NDArray> time = new ArrayList<>(List.of(golden.array(prefix + "timestep", manager)));
    if (hasText) {
      time.add(golden.array(prefix + "class_labels", manager).get(row));
    }
    NDArray text =
        hasText
            ? golden.array(prefix + "context", manager).get(row)
            : manager.zeros(new Shape(1, 1, 1));
    try (EngineValue times = unet.call(UNet.EMBED_TIMES, time);
        EngineValue contexts = unet.call(UNet.EMBED_CONTEXT, List.of(text));
        EngineValue latents = EngineValue.of(sample.get(":, :" + latentChannels));
        EngineValue extra = EngineValue.of(sample.get(":, " + latentChannels + ":"));
        EngineValue step = EngineValue.of((long) index);
        EngineValue scales = EngineValue.ofNumbers(1, 1);
        EngineValue prediction =
            unet.call(
                new StepVariant(Branches.PROMPT, DeepLayers.COMPUTED, 3, ConvolutionPadding.ZEROS)
                    .methodName(),
                latents,
                extra,
                times,
                step,
                contexts,
                scales)) {
      return prediction.tensor(manager);
    }
  }

  /** Both branches in one pass are each one's own, mixed. */
  @Test
  void guidanceMixesWhatTheBranchesPredict() {
    Golden golden = Golden.open("tiny-x4-upscaler/unet.safetensors");
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule unet = load("tiny-x4-upscaler", manager)) {
      NDArray sample = golden.array("b.sample", manager).get("0:1");
      NDArray classes = golden.array("b.class_labels", manager).get("0:1");
      NDArray both = golden.array("b.context", manager);
      NDArray timestep = golden.array("b.timestep", manager).get("0:1");
      NDList branches = new NDList();
      for (String row : List.of("0:1", "1:2")) {
        branches.add(call(unet, false, sample, List.of(timestep, classes), both.get(row), manager));
      }
      NDArray guided =
          call(
              unet,
              true,
              sample,
              List.of(timestep, NDArrays.concat(new NDList(classes, classes))),
              both,
              manager);
      NDArray expected = branches.get(0).add(branches.get(1).sub(branches.get(0)).mul(7.5f));
      assertClose("guided", expected.toFloatArray(), guided, TestDevice.tolerance(1e-4));
    }
  }

  private static NDArray call(
      LoadedModule unet,
      boolean guided,
      NDArray sample,
      List<NDArray> time,
      NDArray text,
      NDManager manager) {
    try (EngineValue times = unet.call(UNet.EMBED_TIMES, time);
        EngineValue contexts = unet.call(UNet.EMBED_CONTEXT, List.of(text));
        EngineValue latents = EngineValue.of(sample.get(":, :4"));
        EngineValue extra = EngineValue.of(sample.get(":, 4:"));
        EngineValue step = EngineValue.of(0L);
        EngineValue scales = EngineValue.ofNumbers(1);
        EngineValue scale = EngineValue.of(7.5);
        EngineValue rescale = EngineValue.of(0.0)) {
      List<EngineValue> arguments =
          new ArrayList<>(List.of(latents, extra, times, step, contexts, scales));
      if (guided) {
        arguments.addAll(List.of(scale, rescale));
      }
      try (EngineValue prediction =
          unet.call(
              new StepVariant(
                      guided ? Branches.NEGATIVE_AND_PROMPT : Branches.PROMPT,
                      DeepLayers.COMPUTED,
                      3,
                      ConvolutionPadding.ZEROS)
                  .methodName(),
              arguments.toArray(EngineValue[]::new))) {
        return prediction.tensor(manager);
      }
    }
  }

  @Test
  void theConfigsAreRead() {
    UNetConfig upscaler = config("tiny-x4-upscaler");
    assertEquals(List.of(new ClassTable(1000)), upscaler.timeSources());
    assertEquals(3, upscaler.extraChannels());
    List<Integer> down = List.of(1, 1);
    List<Integer> up = List.of(1, 1, 1);
    assertEquals(new None(), upscaler.blocks().get(0).down());
    assertEquals(new CrossAttention(down, First.CONTEXT), upscaler.blocks().get(1).down());
    assertEquals(new CrossAttention(up, First.CONTEXT), upscaler.blocks().get(2).up());
    assertEquals(new CrossAttention(down, First.PIXELS), upscaler.blocks().get(3).down());
    assertEquals(new CrossAttention(up, First.PIXELS), upscaler.blocks().get(3).up());
    assertEquals(new CrossAttention(List.of(1), First.PIXELS), upscaler.middle().attention());

    UNetConfig unconditional = config("tiny-ldm-sr");
    assertEquals(List.of(), unconditional.timeSources());
    assertEquals(3, unconditional.latentChannels());
    assertEquals(new None(), unconditional.blocks().get(1).down());
    assertEquals(new SelfAttention(), unconditional.blocks().get(2).down());
    assertEquals(new SelfAttention(), unconditional.blocks().get(3).up());
    assertEquals(6, unconditional.blocks().get(3).heads());
    assertEquals(new SelfAttention(), unconditional.middle().attention());
    assertEquals(1e-6, unconditional.normEpsilon());
  }

  @Test
  void whatIsNotRunIsRefused() {
    for (String wrong :
        List.of(
            "only_cross_attention: [true, 1, true, false]",
            "only_cross_attention: [true]",
            "mid_block_only_cross_attention: true",
            "num_class_embeds: 0")) {
      assertThrows(
          ModelException.class,
          () -> UNetConfig.parse(new TinyNetwork("tiny-x4-upscaler", "unet").configWith(wrong)),
          wrong);
    }
    for (String wrong :
        List.of(
            "attention_head_dim: 7",
            "downsample_type: resnet",
            "num_class_embeds: 10",
            "downsample_padding: 0",
            "down_block_types: [DownBlock2D, DownBlock2D, DownBlock2D, ResnetDownsampleBlock2D]")) {
      ModelException refusal =
          assertThrows(
              ModelException.class,
              () -> UNetConfig.parse(new TinyNetwork("tiny-ldm-sr", "unet").configWith(wrong)),
              wrong);
      assertTrue(refusal.getMessage().startsWith("config.json: "), refusal.getMessage());
    }
    assertEquals(
        1,
        UNetConfig.parse(
                new TinyNetwork("tiny-ldm-sr", "unet").configWith("attention_head_dim: null"))
            .blocks()
            .get(3)
            .heads());
  }
}
