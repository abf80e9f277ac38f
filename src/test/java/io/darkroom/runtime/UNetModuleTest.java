package io.darkroom.runtime;

import static io.darkroom.testing.Closeness.assertClose;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.darkroom.lora.Adapters;
import io.darkroom.model.Component;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelSource;
import io.darkroom.network.Branches;
import io.darkroom.network.StepSizes;
import io.darkroom.network.StepVariant;
import io.darkroom.network.UNet;
import io.darkroom.network.UNetConfig;
import io.darkroom.testing.TestModels;
import io.darkroom.torchscript.AttentionForms;
import io.darkroom.torchscript.EngineValue;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class UNetModuleTest {
  private static final Precision BFLOAT16 = Precision.of(Precision.Format.BFLOAT16);
  private static final int SIDE = 16;
  private static final int TOKENS = 77;

  private final ModelSource source = ModelFiles.of(TestModels.directory("tiny-sd1")).open();
  private final UNetConfig config = UNetConfig.parse(source.settings(Component.UNET));
  private final NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
  private final StepVariant variant = StepVariant.plain(Branches.PROMPT, config);

  @AfterEach
  void close() {
    manager.close();
  }

  /** Where blocks of 64 queries are the fastest, the network's largest attention runs in them. */
  @Test
  void theNetworkAttendsInTheFormsThatTheTunerChose() {
    AttentionTuner tuner =
        new AttentionTuner(
            (shape, form) -> form.queries() == 64 ? 1 : 2,
            new MeasuredAttention(Optional.empty(), "processor"),
            1);
    NetworkLoader.UNetNetwork network =
        new NetworkLoader(source, Adapters.none(), manager).unet(config, BFLOAT16);
    try (UNetModule unet =
        new UNetModule(network.scripts(), network.network().load(), Optional.of(tuner))) {
      AttentionForms forms =
          unet.attention(config, List.of(new StepSizes(2, SIDE, SIDE, TOKENS, 1, false)));
      assertEquals(1, forms.chosen().size(), forms.toString());
      forms
          .chosen()
          .forEach(
              (shape, form) -> {
                assertEquals(SIDE * SIDE, shape.keys());
                assertEquals(64, form.queries());
              });
      assertEquals(1, unet.attentionChoices().size());
      assertSame(unet.step(variant, forms), unet.step(variant, forms));
      float[] whole = predicted(unet, AttentionForms.NONE);
      float[] blocks = predicted(unet, forms);
      assertFalse(Arrays.equals(whole, blocks), "the blocks' rounding is another one");
      assertClose("blocks", whole, manager.create(blocks), 0.05);
    }
  }

  @Test
  void inFloat32AllIsWhole() {
    try (UNetModule unet =
        new NetworkLoader(source, Adapters.none(), manager)
            .unet(config, Precision.FLOAT32)
            .load()) {
      assertEquals(
          AttentionForms.NONE,
          unet.attention(config, List.of(new StepSizes(8, 128, 128, TOKENS, 1, true))));
      assertEquals(List.of(), unet.attentionChoices());
    }
  }

  private float[] predicted(UNetModule unet, AttentionForms forms) {
    LoadedModule conditioning = unet.conditioning();
    NDArray latents = wave(new Shape(2, config.inChannels(), SIDE, SIDE));
    NDArray text = wave(new Shape(2, TOKENS, config.contextWidth()));
    try (EngineValue x = EngineValue.of(latents);
        EngineValue times =
            conditioning.call(UNet.EMBED_TIMES, List.of(manager.create(new float[] {500})));
        EngineValue step = EngineValue.of(0L);
        EngineValue contexts = conditioning.call(UNet.EMBED_CONTEXT, List.of(text));
        EngineValue scales = EngineValue.ofNumbers(1);
        EngineValue result =
            unet.step(variant, forms)
                .call(variant.methodName(), x, times, step, contexts, scales)) {
      return result.tensor(manager).toFloatArray();
    }
  }

  private NDArray wave(Shape shape) {
    return manager
        .arange(0, (float) shape.size(), 1, DataType.FLOAT32)
        .mul(0.37)
        .sin()
        .reshape(shape);
  }
}
