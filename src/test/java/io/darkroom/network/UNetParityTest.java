package io.darkroom.network;

import static io.darkroom.testing.Closeness.assertClose;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.network.StepVariant.DeepLayers;
import io.darkroom.testing.Golden;
import io.darkroom.testing.TestDevice;
import io.darkroom.torchscript.ConvolutionPadding;
import io.darkroom.torchscript.EngineValue;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.WeightCatalog;
import io.darkroom.torchscript.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
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
@Tag("slow")
class UNetParityTest {
  private static final double TOLERANCE = TestDevice.tolerance(1e-4);
  private static final String PREDICT = "predict";
  private static final String DENOISE = method(false, DeepLayers.COMPUTED);
  private static final String DENOISE_KEEPING = method(false, DeepLayers.KEPT);
  private static final String DENOISE_REUSING = method(false, DeepLayers.REUSED);
  private static final String DENOISE_GUIDED = method(true, DeepLayers.COMPUTED);
  private static final String DENOISE_GUIDED_KEEPING = method(true, DeepLayers.KEPT);
  private static final String DENOISE_GUIDED_REUSING = method(true, DeepLayers.REUSED);

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
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-sdxl"})
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

  /** Mask and masked latents are joined behind the latents, which alone are scaled. */
  @ParameterizedTest
  @ValueSource(strings = {"a", "b", "c", "d"})
  void extraChannelsAreAnInputOfTheirOwn(String name) {
    Golden golden = Golden.open("tiny-inpaint/unet.safetensors");
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule unet = load("tiny-inpaint", manager, TestDevice.precision())) {
      NDArray samples = golden.array(name + ".sample", manager);
      NDArray texts = golden.array(name + ".context", manager);
      NDArray timesteps = golden.array(name + ".timestep", manager);
      NDList predictions = new NDList();
      for (int i = 0; i < samples.getShape().get(0); i++) {
        String row = i + ":" + (i + 1);
        try (EngineValue latents = EngineValue.of(samples.get(row + ", 0:4").mul(4));
            EngineValue extra = EngineValue.of(samples.get(row + ", 4:9"));
            EngineValue times = call(unet, UNet.EMBED_TIMES, timesteps);
            EngineValue step = EngineValue.of((long) i);
            EngineValue contexts = call(unet, UNet.EMBED_CONTEXT, texts.get(row));
            EngineValue scales = EngineValue.ofNumbers(0.25, 0.25);
            EngineValue prediction =
                unet.call(DENOISE, latents, extra, times, step, contexts, scales)) {
          predictions.add(prediction.tensor(manager));
        }
      }
      NDArray all = NDArrays.concat(predictions);
      assertClose("inpainting " + name, golden.floats(name + ".out"), all, TOLERANCE);
    }
  }

  /**
   * The unconditional branch hears one text, the other the other; mask and picture are the same.
   */
  @Test
  void bothBranchesOfGuidanceSeeTheSameExtraChannels() {
    Golden golden = Golden.open("tiny-inpaint/unet.safetensors");
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule unet = load("tiny-inpaint", manager, TestDevice.precision())) {
      NDArray sample = golden.array("a.sample", manager);
      NDArray timestep = golden.array("a.timestep", manager);
      NDArray texts = golden.array("b.context", manager);
      NDArray without = unet.callForTensor(PREDICT, sample, timestep, texts.get("0:1"));
      NDArray with = unet.callForTensor(PREDICT, sample, timestep, texts.get("1:2"));
      NDArray expected = without.add(with.sub(without).mul(7.5));
      try (EngineValue latents = EngineValue.of(sample.get(":, 0:4"));
          EngineValue extra = EngineValue.of(sample.get(":, 4:9"));
          EngineValue times = call(unet, UNet.EMBED_TIMES, timestep);
          EngineValue step = EngineValue.of(0L);
          EngineValue contexts = call(unet, UNet.EMBED_CONTEXT, texts);
          EngineValue scales = EngineValue.ofNumbers(unscaled(1));
          EngineValue scale = EngineValue.of(7.5);
          EngineValue rescale = EngineValue.of(0.0);
          EngineValue guided =
              unet.call(
                  DENOISE_GUIDED, latents, extra, times, step, contexts, scales, scale, rescale)) {
        assertClose("guided", expected.toFloatArray(), guided.tensor(manager), TOLERANCE);
      }
    }
  }

  /** Residuals of a ControlNet, recorded together with what the U-Net makes of them. */
  @ParameterizedTest
  @ValueSource(strings = {"a", "c"})
  void residualsAreAddedToTheFeatures(String name) {
    Golden golden = Golden.open("tiny-controlnet/residuals.safetensors");
    TinyNetwork network = new TinyNetwork("tiny-sd1", "unet");
    UNetConfig config = UNetConfig.parse(network.config());
    int skips = (int) golden.names().stream().filter(n -> n.startsWith(name + ".down.")).count();
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule unet =
            network.load(
                manager,
                TestDevice.precision(),
                (w, script) -> writeControlled(config, skips, w, script))) {
      List<NDArray> arguments = new ArrayList<>();
      for (String input : List.of("sample", "timestep", "context", "mid")) {
        arguments.add(golden.array(name + "." + input, manager));
      }
      for (int i = 0; i < skips; i++) {
        arguments.add(golden.array(name + ".down." + i, manager));
      }
      NDArray prediction = unet.callForTensor(PREDICT, arguments.toArray(NDArray[]::new));
      assertClose(name, golden.floats(name + ".unet_out"), prediction, TOLERANCE);
    }
  }

  private static void writeControlled(UNetConfig config, int skips, Weights w, Script script) {
    Method predict = script.method(PREDICT);
    Tensor latents = predict.tensor("latents", config.inChannels()).toCompute();
    Tensor time =
        new TimeEmbedding(config).embed(w, predict.tensor("timesteps", 1), List.of()).silu();
    Tensor text = predict.tensor("text", config.contextWidth()).toCompute();
    LayerConditioning conditioning = new LayerConditioning.Direct(time, text);
    UNetEncoder encoder = new UNetEncoder(config);
    UNetFeatures features =
        encoder.encode(
            w, encoder.convIn(w, latents), conditioning, GuidanceBranches.alreadySplit());
    Tensor middle = predict.tensor("middle", features.middle().channels()).toCompute();
    List<Tensor> residuals = new ArrayList<>();
    for (int i = 0; i < skips; i++) {
      int channels = features.skips().get(i).channels();
      residuals.add(predict.tensor("skip" + i, channels).toCompute());
    }
    UNetFeatures controlled = features.plus(new UNetFeatures(residuals, middle));
    UNetDecoder decoder = new UNetDecoder(config);
    Tensor deep = decoder.deepLayers(w, controlled, conditioning);
    predict.returns(
        decoder
            .lastLayers(w, deep, controlled.skips().get(0), conditioning)
            .to(Precision.Format.FLOAT32));
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

  /** Text comes in on the way up alone: both branches are apart by then. */
  @Test
  void branchesOfGuidanceSplitWhereNoTextComesInBefore() {
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
        EngineValue latents = EngineValue.of(manager.randomNormal(new Shape(2, 4, 8, 8)));
        EngineValue times = call(unet, UNet.EMBED_TIMES, manager.create(new float[] {900}));
        EngineValue contexts =
            call(unet, UNet.EMBED_CONTEXT, manager.randomNormal(new Shape(4, 77, 32)));
        EngineValue step = EngineValue.of(0L);
        EngineValue scales = EngineValue.ofNumbers(unscaled(1));
        EngineValue scale = EngineValue.of(1.0);
        EngineValue share = EngineValue.of(0.0);
        EngineValue guided =
            unet.call(DENOISE_GUIDED, latents, times, step, contexts, scales, scale, share);
        EngineValue second = lastTwo(contexts, manager);
        EngineValue alone = unet.call(DENOISE, latents, times, step, second, scales)) {
      assertClose("guidance of 1", floats(alone, manager), guided.tensor(manager), TOLERANCE);
    }
  }

  /** The context of the second branch of guidance, which has two samples. */
  private static EngineValue lastTwo(EngineValue contexts, NDManager manager) {
    return EngineValue.ofTensors(
        contexts.tensors(manager).stream().map(context -> context.get("2:4")).toList());
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
      try (EngineValue times = call(unet, UNet.EMBED_TIMES, arguments.toArray(NDArray[]::new));
          EngineValue contexts = call(unet, UNet.EMBED_CONTEXT, texts.get(row));
          EngineValue sample = EngineValue.of(samples.get(row));
          EngineValue step = EngineValue.of((long) i);
          EngineValue scales = EngineValue.ofNumbers(unscaled(i + 1));
          EngineValue prediction = unet.call(DENOISE, sample, times, step, contexts, scales)) {
        predictions.add(prediction.tensor(manager));
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
      try (EngineValue times = call(unet, UNet.EMBED_TIMES, arguments.toArray(NDArray[]::new));
          EngineValue contexts =
              call(unet, UNet.EMBED_CONTEXT, golden.array("a.context", manager).get("0:1"));
          EngineValue latents = EngineValue.of(sample);
          EngineValue others = EngineValue.of(sample.mul(0.5f));
          EngineValue first = EngineValue.of(0L);
          EngineValue second = EngineValue.of(1L);
          EngineValue scales = EngineValue.ofNumbers(unscaled(2));
          EngineValue whole = unet.call(DENOISE, latents, times, first, contexts, scales);
          EngineValue kept = unet.call(DENOISE_KEEPING, latents, times, first, contexts, scales);
          EngineValue again =
              unet.call(DENOISE_REUSING, latents, times, first, contexts, scales, kept);
          EngineValue later =
              unet.call(DENOISE_REUSING, latents, times, second, contexts, scales, kept);
          EngineValue elsewhere =
              unet.call(DENOISE_REUSING, others, times, first, contexts, scales, kept)) {
        float[] expected = floats(whole, manager);
        assertArrayEquals(expected, kept.tensors(manager).get(0).toFloatArray());
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
        EngineValue latents = EngineValue.of(golden.array("a.sample", manager).get("0:1"));
        EngineValue times = call(unet, UNet.EMBED_TIMES, manager.create(new float[] {900, 500}));
        EngineValue contexts = call(unet, UNet.EMBED_CONTEXT, golden.array("b.context", manager));
        EngineValue first = EngineValue.of(0L);
        EngineValue second = EngineValue.of(1L);
        EngineValue scales = EngineValue.ofNumbers(unscaled(2));
        EngineValue scale = EngineValue.of(7.5);
        EngineValue share = EngineValue.of(0.7);
        EngineValue whole =
            unet.call(DENOISE_GUIDED, latents, times, first, contexts, scales, scale, share);
        EngineValue kept =
            unet.call(
                DENOISE_GUIDED_KEEPING, latents, times, first, contexts, scales, scale, share);
        EngineValue again =
            unet.call(
                DENOISE_GUIDED_REUSING,
                latents,
                times,
                first,
                contexts,
                scales,
                kept,
                scale,
                share);
        EngineValue later =
            unet.call(
                DENOISE_GUIDED_REUSING,
                latents,
                times,
                second,
                contexts,
                scales,
                kept,
                scale,
                share)) {
      float[] expected = floats(whole, manager);
      assertArrayEquals(expected, kept.tensors(manager).get(0).toFloatArray());
      assertArrayEquals(expected, floats(again, manager));
      assertFalse(Arrays.equals(expected, floats(later, manager)));
    }
  }

  private static float[] floats(EngineValue tensor, NDManager manager) {
    return tensor.tensor(manager).toFloatArray();
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
      try (EngineValue latents = EngineValue.of(sample);
          EngineValue times = call(unet, UNet.EMBED_TIMES, timestep);
          EngineValue contexts = call(unet, UNet.EMBED_CONTEXT, texts);
          EngineValue step = EngineValue.of(0L);
          EngineValue scales = EngineValue.ofNumbers(unscaled(1));
          EngineValue guidance = EngineValue.of(scale);
          EngineValue share = EngineValue.of(0.0);
          EngineValue guided =
              unet.call(DENOISE_GUIDED, latents, times, step, contexts, scales, guidance, share)) {
        assertClose(
            "guidance " + scale, expected.toFloatArray(), guided.tensor(manager), TOLERANCE);
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
        EngineValue times =
            call(
                unet,
                UNet.EMBED_TIMES,
                manager.create(new float[] {500, timestep}),
                golden.array("added.text_embeds", manager),
                golden.array("added.time_ids", manager));
        EngineValue contexts = call(unet, UNet.EMBED_CONTEXT, golden.array("context", manager));
        EngineValue sample = EngineValue.of(golden.array("unet_in_first", manager));
        EngineValue step = EngineValue.of(1L);
        EngineValue scales = EngineValue.ofNumbers(unscaled(2));
        EngineValue prediction = unet.call(DENOISE, sample, times, step, contexts, scales)) {
      assertClose(run, golden.floats("unet_out_first"), prediction.tensor(manager), TOLERANCE);
    }
  }

  private static String method(boolean guided, DeepLayers deepLayers) {
    return new StepVariant(
            guided ? Branches.NEGATIVE_AND_PROMPT : Branches.PROMPT,
            deepLayers,
            0,
            ConvolutionPadding.ZEROS)
        .methodName();
  }

  private static double[] unscaled(int steps) {
    double[] scales = new double[steps];
    Arrays.fill(scales, 1);
    return scales;
  }

  private static EngineValue call(LoadedModule unet, String method, NDArray... arguments) {
    return unet.call(method, List.of(arguments));
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
