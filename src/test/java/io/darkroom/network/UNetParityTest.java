package io.darkroom.network;

import static io.darkroom.testing.Closeness.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import io.darkroom.testing.Golden;
import io.darkroom.testing.TestDevice;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.torchscript.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Against diffusers 0.31's {@code UNet2DConditionModel}: heads as one number (tiny-sd1) and a list,
 * projections as convolutions and linear (tiny-sd2), nine channels in (tiny-inpaint); pooled text
 * and sizes, and each level's own number of transformer blocks (tiny-sdxl); without a middle block
 * or with a part of it, and each attention's own number of transformer blocks (the pruned ones).
 */
class UNetParityTest {
  private static final double TOLERANCE = TestDevice.tolerance(1e-4);
  private static final String PREDICT = "predict";

  /**
   * A square; two samples at two timesteps, not square; a size that does not halve three times; a
   * timestep that is a fraction, with a short context.
   */
  private static final List<String> CASES = List.of("a", "b", "c", "d");

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-inpaint"})
  void predictsInOneMethodAsTheReferenceDoes(String model) {
    Golden golden = Golden.open(model + "/unet.safetensors");
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule unet = load(model, manager, TestDevice.precision())) {
      for (String name : CASES) {
        NDArray prediction =
            unet.callForTensor(
                PREDICT,
                golden.array(name + ".sample", manager),
                golden.array(name + ".timestep", manager),
                golden.array(name + ".context", manager));
        assertClose(model + " direct " + name, golden.floats(name + ".out"), prediction, TOLERANCE);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-inpaint", "tiny-sdxl"})
  void predictsFromWhatWasComputedBefore(String model) {
    Golden golden = Golden.open(model + "/unet.safetensors");
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule unet = load(model, manager, TestDevice.precision())) {
      for (String name : CASES) {
        NDArray prediction = precomputed(unet, name + ".", golden, manager);
        assertClose(
            model + " precomputed " + name, golden.floats(name + ".out"), prediction, TOLERANCE);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny-ssd1b", "tiny-vega", "tiny-koala", "tiny-sd1-pruned"})
  void prunedOnesPredictAsTheReferenceDoes(String model) {
    Golden golden = Golden.open(model + "/unet.safetensors");
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule unet = load(model, manager, TestDevice.precision())) {
      NDArray prediction = precomputed(unet, "", golden, manager);
      assertClose(model, golden.floats("out"), prediction, TestDevice.tolerance(6e-4));
    }
  }

  /** Text comes in on the way up alone: both halves are apart by then. */
  @Test
  void halvesOfGuidancePartWhereNoTextComesInBefore() {
    String levels =
        "\"down_block_types\": [\"DownBlock2D\", \"DownBlock2D\"], \"mid_block_type\": null,"
            + "\"up_block_types\": [\"CrossAttnUpBlock2D\", \"UpBlock2D\"],"
            + "\"block_out_channels\": [16, 16]";
    UNetConfig config = UNetConfig.parse(new TinyNetwork("tiny-sd1", "unet").configWith(levels));
    WeightCatalog catalog = WeightCatalog.ofNewModel();
    Script script = new Script(Precision.FLOAT32);
    new UNet(config).writeTo(catalog.root(), script);
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule unet =
            LoadedModule.load(
                script,
                manager,
                (name, owner) ->
                    owner.randomNormal(new Shape(catalog.shapes().get(name))).mul(0.1f));
        IValue latents = IValue.from((PtNDArray) manager.randomNormal(new Shape(2, 4, 8, 8)));
        IValue times = call(unet, UNet.EMBED_TIMES, manager.create(new float[] {900}));
        IValue contexts =
            call(unet, UNet.EMBED_CONTEXT, manager.randomNormal(new Shape(4, 77, 32)));
        IValue step = IValue.from(0L);
        IValue scales = IValue.listFrom(unscaled(1));
        IValue scale = IValue.from(1.0);
        IValue share = IValue.from(0.0);
        IValue guided =
            unet.call(UNet.DENOISE_GUIDED, latents, times, step, contexts, scales, scale, share);
        IValue second = lastTwo(contexts, manager);
        IValue alone = unet.call(UNet.DENOISE, latents, times, step, second, scales)) {
      assertClose(
          "guidance of 1",
          floats(alone, manager),
          guided.toTensor((PtNDManager) manager),
          TOLERANCE);
    }
  }

  /** The context of the second half of guidance, which has two samples. */
  private static IValue lastTwo(IValue contexts, NDManager manager) {
    return IValue.listFrom(
        Arrays.stream(contexts.toTensorArray((PtNDManager) manager))
            .map(context -> (PtNDArray) context.get("2:4"))
            .toArray(PtNDArray[]::new));
  }

  /** The times of all samples at once, as a sampler's steps; then each sample at its own. */
  private static NDArray precomputed(
      LoadedModule unet, String prefix, Golden golden, NDManager manager) {
    NDArray samples = golden.array(prefix + "sample", manager);
    NDArray texts = golden.array(prefix + "context", manager);
    NDArray timesteps = golden.array(prefix + "timestep", manager);
    NDList predictions = new NDList();
    for (int i = 0; i < samples.getShape().get(0); i++) {
      String row = i + ":" + (i + 1);
      List<NDArray> arguments = new ArrayList<>(List.of(timesteps));
      if (golden.names().contains(prefix + "text_embeds")) {
        arguments.add(golden.array(prefix + "text_embeds", manager).get(row));
        arguments.add(golden.array(prefix + "time_ids", manager).get(row));
      }
      try (IValue times = call(unet, UNet.EMBED_TIMES, arguments.toArray(NDArray[]::new));
          IValue contexts = call(unet, UNet.EMBED_CONTEXT, texts.get(row));
          IValue sample = IValue.from((PtNDArray) samples.get(row));
          IValue step = IValue.from((long) i);
          IValue scales = IValue.listFrom(unscaled(i + 1));
          IValue prediction = unet.call(UNet.DENOISE, sample, times, step, contexts, scales)) {
        predictions.add(prediction.toTensor((PtNDManager) manager));
      }
    }
    return NDArrays.concat(predictions);
  }

  /**
   * What was found for these very latents is what would be found again, whichever the time; the
   * first and the last layers see the latents and the time that they are given.
   */
  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-sdxl"})
  void deepLayersAreKeptAndReused(String model) {
    Golden golden = Golden.open(model + "/unet.safetensors");
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule unet = load(model, manager, TestDevice.precision())) {
      NDArray sample = golden.array("a.sample", manager).get("0:1");
      List<NDArray> arguments = new ArrayList<>(List.of(manager.create(new float[] {900, 500})));
      if (golden.names().contains("a.text_embeds")) {
        arguments.add(golden.array("a.text_embeds", manager).get("0:1"));
        arguments.add(golden.array("a.time_ids", manager).get("0:1"));
      }
      try (IValue times = call(unet, UNet.EMBED_TIMES, arguments.toArray(NDArray[]::new));
          IValue contexts =
              call(unet, UNet.EMBED_CONTEXT, golden.array("a.context", manager).get("0:1"));
          IValue latents = IValue.from((PtNDArray) sample);
          IValue others = IValue.from((PtNDArray) sample.mul(0.5f));
          IValue first = IValue.from(0L);
          IValue second = IValue.from(1L);
          IValue scales = IValue.listFrom(unscaled(2));
          IValue whole = unet.call(UNet.DENOISE, latents, times, first, contexts, scales);
          IValue kept = unet.call(UNet.DENOISE_KEEPING, latents, times, first, contexts, scales);
          IValue again =
              unet.call(UNet.DENOISE_REUSING, latents, times, first, contexts, scales, kept);
          IValue later =
              unet.call(UNet.DENOISE_REUSING, latents, times, second, contexts, scales, kept);
          IValue elsewhere =
              unet.call(UNet.DENOISE_REUSING, others, times, first, contexts, scales, kept)) {
        float[] expected = floats(whole, manager);
        assertArrayEquals(expected, kept.toTensorArray((PtNDManager) manager)[0].toFloatArray());
        assertArrayEquals(expected, floats(again, manager));
        assertFalse(Arrays.equals(expected, floats(later, manager)));
        assertFalse(Arrays.equals(expected, floats(elsewhere, manager)));
      }
    }
  }

  @Test
  void guidedOnesAreKeptAndReusedToo() {
    Golden golden = Golden.open("tiny-sd1/unet.safetensors");
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule unet = load("tiny-sd1", manager, TestDevice.precision());
        IValue latents = IValue.from((PtNDArray) golden.array("a.sample", manager).get("0:1"));
        IValue times = call(unet, UNet.EMBED_TIMES, manager.create(new float[] {900, 500}));
        IValue contexts = call(unet, UNet.EMBED_CONTEXT, golden.array("b.context", manager));
        IValue first = IValue.from(0L);
        IValue second = IValue.from(1L);
        IValue scales = IValue.listFrom(unscaled(2));
        IValue scale = IValue.from(7.5);
        IValue share = IValue.from(0.7);
        IValue whole =
            unet.call(UNet.DENOISE_GUIDED, latents, times, first, contexts, scales, scale, share);
        IValue kept =
            unet.call(
                UNet.DENOISE_GUIDED_KEEPING,
                latents,
                times,
                first,
                contexts,
                scales,
                scale,
                share);
        IValue again =
            unet.call(
                UNet.DENOISE_GUIDED_REUSING,
                latents,
                times,
                first,
                contexts,
                scales,
                kept,
                scale,
                share);
        IValue later =
            unet.call(
                UNet.DENOISE_GUIDED_REUSING,
                latents,
                times,
                second,
                contexts,
                scales,
                kept,
                scale,
                share)) {
      float[] expected = floats(whole, manager);
      assertArrayEquals(expected, kept.toTensorArray((PtNDManager) manager)[0].toFloatArray());
      assertArrayEquals(expected, floats(again, manager));
      assertFalse(Arrays.equals(expected, floats(later, manager)));
    }
  }

  private static float[] floats(IValue tensor, NDManager manager) {
    return tensor.toTensor((PtNDManager) manager).toFloatArray();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1, 1.5, 7.5})
  void guidanceGoesFromTheUnconditionalPredictionTowardsTheOther(double scale) {
    Golden golden = Golden.open("tiny-sd1/unet.safetensors");
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule unet = load("tiny-sd1", manager, TestDevice.precision())) {
      NDArray sample = golden.array("a.sample", manager);
      NDArray timestep = golden.array("a.timestep", manager);
      NDArray texts = golden.array("b.context", manager);
      NDArray without = unet.callForTensor(PREDICT, sample, timestep, texts.get("0:1"));
      NDArray with = unet.callForTensor(PREDICT, sample, timestep, texts.get("1:2"));
      NDArray expected = without.add(with.sub(without).mul(scale));
      try (IValue latents = IValue.from((PtNDArray) sample);
          IValue times = call(unet, UNet.EMBED_TIMES, timestep);
          IValue contexts = call(unet, UNet.EMBED_CONTEXT, texts);
          IValue step = IValue.from(0L);
          IValue scales = IValue.listFrom(unscaled(1));
          IValue guidance = IValue.from(scale);
          IValue share = IValue.from(0.0);
          IValue guided =
              unet.call(
                  UNet.DENOISE_GUIDED, latents, times, step, contexts, scales, guidance, share)) {
        assertClose(
            "guidance " + scale,
            expected.toFloatArray(),
            guided.toTensor((PtNDManager) manager),
            TOLERANCE);
      }
    }
  }

  @Test
  void weightsOfHalfThePrecisionGiveNearlyTheSame() {
    Golden golden = Golden.open("tiny-sd2/unet.safetensors");
    Precision precision = new Precision(Precision.Format.BFLOAT16, Precision.Format.FLOAT32);
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule unet = load("tiny-sd2", manager, precision)) {
      NDArray prediction = precomputed(unet, "a.", golden, manager);
      assertClose("stored as bfloat16", golden.floats("a.out"), prediction, 0.05);
    }
  }

  /**
   * The first pass of whole runs: no text as zeros and encoded, no guidance, sizes of one's own.
   */
  @ParameterizedTest
  @CsvSource({
    "euler10_noneg_64x64, 901",
    "euler10_emptyneg_64x64, 901",
    "euler10_nocfg_64x64, 901",
    "euler5_cond_64x64, 801"
  })
  void samplesOfABatchHaveTheirOwnPooledTextAndSizes(String run, float timestep) {
    Golden golden = Golden.open("tiny-sdxl/pipe_" + run + ".safetensors");
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule unet = load("tiny-sdxl", manager, TestDevice.precision());
        IValue times =
            call(
                unet,
                UNet.EMBED_TIMES,
                manager.create(new float[] {500, timestep}),
                golden.array("added.text_embeds", manager),
                golden.array("added.time_ids", manager));
        IValue contexts = call(unet, UNet.EMBED_CONTEXT, golden.array("context", manager));
        IValue sample = IValue.from((PtNDArray) golden.array("unet_in_first", manager));
        IValue step = IValue.from(1L);
        IValue scales = IValue.listFrom(unscaled(2));
        IValue prediction = unet.call(UNet.DENOISE, sample, times, step, contexts, scales)) {
      assertClose(
          run,
          golden.floats("unet_out_first"),
          prediction.toTensor((PtNDManager) manager),
          TOLERANCE);
    }
  }

  private static double[] unscaled(int steps) {
    double[] scales = new double[steps];
    Arrays.fill(scales, 1);
    return scales;
  }

  private static IValue call(LoadedModule unet, String method, NDArray... arguments) {
    IValue[] values =
        Arrays.stream(arguments)
            .map(argument -> IValue.from((PtNDArray) argument))
            .toArray(IValue[]::new);
    try {
      return unet.call(method, values);
    } finally {
      Arrays.stream(values).forEach(IValue::close);
    }
  }

  private static LoadedModule load(String model, NDManager manager, Precision precision) {
    TinyNetwork network = new TinyNetwork(model, "unet");
    UNetConfig config = UNetConfig.parse(network.config());
    return network.load(manager, precision, (w, script) -> write(config, w, script));
  }

  private static void write(UNetConfig config, Weights w, Script script) {
    UNet unet = new UNet(config);
    unet.writeTo(w, script);
    if (config.addition().isPresent()) {
      return; // training in one method is for models without it
    }
    Method predict = script.method(PREDICT);
    predict.returns(
        unet.predict(
                w,
                predict.tensor("latents", config.inChannels()).toCompute(),
                predict.tensor("timesteps", 1),
                predict.tensor("text", config.contextWidth()).toCompute())
            .to(Precision.Format.FLOAT32));
  }
}
