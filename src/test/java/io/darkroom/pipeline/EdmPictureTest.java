package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.ModelException;
import io.darkroom.conditioning.UNetConditioning;
import io.darkroom.lora.Adapters;
import io.darkroom.model.Component;
import io.darkroom.model.ModelFiles;
import io.darkroom.model.ModelSource;
import io.darkroom.network.Branches;
import io.darkroom.network.DecoderConfig;
import io.darkroom.network.UNetConfig;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSettings;
import io.darkroom.request.Start;
import io.darkroom.runtime.Compute;
import io.darkroom.runtime.MemoryGauge;
import io.darkroom.runtime.NetworkLoader;
import io.darkroom.runtime.UNetModule;
import io.darkroom.sampling.LinearCombination;
import io.darkroom.sampling.Noise;
import io.darkroom.sampling.Sampler;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.SchedulerConfig;
import io.darkroom.testing.Golden;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.torchscript.ConvolutionPadding;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models of EDM's noise process, from their files to their pictures. */
@Tag("slow")
class EdmPictureTest {
  private static final ComputeOptions FP32 = new ComputeOptions("cpu", "fp32");
  private static final String PLAYGROUND =
      """
      {"_class_name": "EDMEulerScheduler", "sigma_min": 0.002, "sigma_max": 80.0,
       "sigma_data": 0.5, "sigma_schedule": "karras", "prediction_type": "epsilon",
       "num_train_timesteps": 1000, "rho": 7.0}
      """;
  private static final String VELOCITY =
      """
      {"_class_name": "EDMDPMSolverMultistepScheduler", "sigma_min": 0.002, "sigma_max": 120.0,
       "sigma_data": 1.0, "sigma_schedule": "exponential", "prediction_type": "v_prediction",
       "num_train_timesteps": 1000, "final_sigmas_type": "zero", "solver_order": 2}
      """;
  private static final int STEPS = 5;

  @TempDir Path folder;

  @Test
  void anEdmFolderPaintsAPictureOfItsOwn() throws IOException {
    byte[] usual = paint(ModelFiles.of(TestModels.directory("tiny-sdxl")), "euler");
    TestModels.copy("tiny-sdxl", folder);
    byte[] edm = paint(edmFolder(PLAYGROUND), "euler");
    assertFalse(Arrays.equals(usual, edm), "the same as of a model that predicts the noise");
    assertTrue(Arrays.stream(bytes(edm)).distinct().count() > 20, "the picture is flat");
    assertArrayEquals(edm, paint(ModelFiles.of(folder), "euler"));
    byte[] velocity = paint(edmFolder(VELOCITY), "dpm++2m");
    assertFalse(Arrays.equals(edm, velocity));
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(folder, FP32)) {
      assertEquals("dpm++2m", pipeline.defaults().sampler().optionName());
      assertEquals(List.of(), pipeline.warnings());
      InvalidRequestException refused =
          assertThrows(InvalidRequestException.class, () -> pipeline.check(request("ddim")));
      assertTrue(refused.getMessage().contains("EDM"), refused.getMessage());
    }
  }

  /** Euler's method and EDM's preconditioning once more, in loops over plain numbers. */
  @Test
  void theLatentsAreThoseOfThePlainFormula() throws IOException {
    TestModels.copy("tiny-sdxl", folder);
    ModelSource source = edmFolder(PLAYGROUND).open();
    UNetConfig config = UNetConfig.parse(source.settings(Component.UNET));
    DecoderConfig decoder = DecoderConfig.parse(source.settings(Component.AUTOENCODER));
    SchedulerConfig scheduler =
        SchedulerConfig.parse(source.settings(Component.SCHEDULER).json(), "scheduler");
    double[] sigmas = new double[STEPS + 1];
    for (int i = 0; i < STEPS; i++) {
      double most = Math.pow(80, 1 / 7.0);
      double least = Math.pow(0.002, 1 / 7.0);
      sigmas[i] = Math.pow(most + i / (STEPS - 1.0) * (least - most), 7);
    }
    try (NDManager manager = NDManager.newBaseManager();
        UNetModule unet =
            new NetworkLoader(source, Adapters.none(), manager)
                .unet(config, Precision.FLOAT32)
                .load();
        LoadedModule generators = SeededNoise.load(manager)) {
      UNetConditioning conditions = conditions(config, manager);
      List<ImageRequest> requests = List.of(request("euler"));
      LatentEncoder noEncoder =
          new LatentEncoder(
              padding -> {
                throw new AssertionError("no picture is encoded");
              },
              Compute.choose("cpu", "fp32"),
              decoder,
              1,
              MemoryGauge.MACHINE);
      Denoiser denoiser =
          new Denoiser(() -> unet, generators, noEncoder, config, decoder, Optional.empty());
      float[] actual;
      PictureSeeds seeds = PictureSeeds.of(requests);
      Sampler sampler = SamplerKind.EULER.create(scheduler, STEPS, 0);
      try (DenoisingPass pass =
              new DenoisingPass(
                  DenoisingPass.Model.BASE,
                  requests.get(0).settings(),
                  DenoisingPass.Beginning.START,
                  Start.NOISE,
                  sampler,
                  0,
                  STEPS);
          SeededNoise noise = denoiser.noise(seeds, pass, manager);
          NDArray latents =
              denoiser
                  .denoise(
                      pass, Optional.empty(), noise, conditions, new RecordingListener(), manager)
                  .latents()) {
        actual = latents.toFloatArray();
      }

      PlainEdm told = new PlainEdm(sigmas);
      PictureSettings settings = requests.get(0).settings();
      EvaluationPlan plan = EvaluationPlan.of(settings, true, 0, STEPS, i -> sigmas[i]);
      double[] x;
      Shape shape = new Shape(1, 4, 16, 16);
      try (SeededNoise noise = new SeededNoise(generators, PictureSeeds.of(7), 4, 16, 16, manager);
          NDArray start = noise.next()) {
        float[] unit = start.toFloatArray();
        x = new double[unit.length];
        for (int j = 0; j < x.length; j++) {
          x[j] = unit[j] * Math.sqrt(80.0 * 80 + 1);
        }
      }
      try (UNetRun run =
          new UNetRun(
              unet,
              config,
              plan,
              ConvolutionPadding.ZEROS,
              settings.guidance(),
              told,
              shape,
              conditions,
              manager)) {
        for (int i = 0; i < STEPS; i++) {
          float[] shown = new float[x.length];
          for (int j = 0; j < x.length; j++) {
            shown[j] = (float) x[j];
          }
          float[] f =
              run.predict(manager.create(shown, shape), Optional.empty(), i, manager)
                  .toFloatArray();
          double sigma = sigmas[i];
          double variance = sigma * sigma + 0.25;
          for (int j = 0; j < x.length; j++) {
            double clean = 0.25 / variance * x[j] + sigma * 0.5 / Math.sqrt(variance) * f[j];
            x[j] += (sigmas[i + 1] - sigma) * (x[j] - clean) / sigma;
          }
        }
      }
      double deviation = Math.sqrt(Arrays.stream(x).map(value -> value * value).sum() / x.length);
      for (int j = 0; j < x.length; j++) {
        assertEquals(x[j], actual[j], 1e-4 * deviation, "element " + j);
      }
    }
  }

  /** Tells the U-Net what EDM's does, and nothing else. */
  private record PlainEdm(double[] sigmas) implements Sampler {
    @Override
    public int evaluations() {
      return STEPS;
    }

    @Override
    public double timestep(int i) {
      return Math.log(sigmas[i]) / 4;
    }

    @Override
    public double sigma(int i) {
      return sigmas[i];
    }

    @Override
    public double scale(int i) {
      return 1;
    }

    @Override
    public double inputScale(int i) {
      return 1 / Math.sqrt(sigmas[i] * sigmas[i] + 0.25);
    }

    @Override
    public LinearCombination clean(int i) {
      throw new UnsupportedOperationException();
    }

    @Override
    public NDArray step(int i, NDArray prediction, NDArray latents, Noise noise) {
      throw new UnsupportedOperationException();
    }
  }

  private static UNetConditioning conditions(UNetConfig config, NDManager manager) {
    int pooled = config.addition().orElseThrow().pooledWidth();
    return new UNetConditioning(
        Branches.NEGATIVE_AND_PROMPT,
        numbers(manager, 2, 77, config.contextWidth()),
        Optional.of(
            new UNetConditioning.Addition(numbers(manager, 2, pooled), numbers(manager, 2, 6))));
  }

  private static NDArray numbers(NDManager manager, long... shape) {
    float[] values = new float[(int) new Shape(shape).size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.sin(0.7 * i);
    }
    return manager.create(values, new Shape(shape));
  }

  /** What a single file tells by its marks is what a folder tells by its configs. */
  @Test
  void aMarkedFilePaintsAsAFolderOfTheSameProcess() throws IOException {
    TestModels.copy("tiny-sdxl", folder);
    Path file = folder.resolve("playground.safetensors");
    Golden stored = Golden.open(TestModels.directory("tiny-sdxl.safetensors"));
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    stored.names().stream()
        .filter(name -> !name.endsWith("position_ids"))
        .forEach(name -> tensors.put(name, TensorData.of(stored.floats(name), stored.shape(name))));
    tensors.put("edm_mean", TensorData.of(new float[] {-1.5f, 2, -1.25f, 2.5f}, 1, 4, 1, 1));
    tensors.put("edm_std", TensorData.of(new float[] {8, 6, 6.5f, 5}, 1, 4, 1, 1));
    new SafetensorsWriter(StoredType.F32).write(file, tensors, Map.of());
    // The configs are those of another model of the family: what the file is, it knows better.
    Path configs = TestModels.directory("tiny-sdxl");
    byte[] marked =
        paint(
            new ModelFiles(file, Optional.of(configs), Optional.empty(), folder.resolve("none")),
            "euler");

    edmFolder(PLAYGROUND);
    Path vae = folder.resolve("vae/config.json");
    JsonObject config = JsonParser.parseString(Files.readString(vae)).getAsJsonObject();
    config.addProperty("scaling_factor", 0.5);
    config.add("latents_mean", JsonParser.parseString("[-1.5, 2, -1.25, 2.5]"));
    config.add("latents_std", JsonParser.parseString("[8, 6, 6.5, 5]"));
    Files.writeString(vae, config.toString());
    assertArrayEquals(paint(ModelFiles.of(folder), "euler"), marked);

    // Another decoder takes the same latents.
    Path other = TestModels.directory("tiny-sdxl").resolve("vae");
    assertArrayEquals(
        marked,
        paint(new ModelFiles(folder, Optional.empty(), Optional.of(other), folder), "euler"));
  }

  @Test
  void flowMatchingIsRefusedByName() throws IOException {
    TestModels.copy("tiny-sdxl", folder);
    ModelFiles model = edmFolder("{\"_class_name\": \"FlowMatchEulerDiscreteScheduler\"}");
    String message =
        assertThrows(ModelException.class, () -> DiffusionPipeline.open(model, FP32)).getMessage();
    assertTrue(message.contains("FlowMatchEulerDiscreteScheduler"), message);
    assertTrue(message.contains("flow matching"), message);
  }

  @Test
  void aSchedulerThatIsNotKnownIsSaidToBeReplaced() throws IOException {
    TestModels.copy("tiny-sdxl", folder);
    ModelFiles model =
        edmFolder(
            """
            {"_class_name": "SomeNewScheduler", "beta_start": 0.00085, "beta_end": 0.012,
             "beta_schedule": "scaled_linear", "num_train_timesteps": 1000}
            """);
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(model, FP32)) {
      assertEquals(1, pipeline.warnings().size());
      String warning = pipeline.warnings().get(0);
      assertTrue(warning.contains("SomeNewScheduler"), warning);
      assertTrue(warning.contains("ddim"), warning);
    }
  }

  private ModelFiles edmFolder(String scheduler) throws IOException {
    Files.writeString(folder.resolve("scheduler/scheduler_config.json"), scheduler);
    return ModelFiles.of(folder);
  }

  private static ImageRequest request(String sampler) {
    return Requests.of("a red house", "fog", 7, 128, 128, STEPS, 3, sampler, 0);
  }

  private static int[] bytes(byte[] rgb) {
    int[] values = new int[rgb.length];
    for (int i = 0; i < rgb.length; i++) {
      values[i] = rgb[i];
    }
    return values;
  }

  private static byte[] paint(ModelFiles files, String sampler) {
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(files, FP32)) {
      return pipeline
          .generate(List.of(request(sampler)), new RecordingListener())
          .get(0)
          .image()
          .rgb();
    }
  }
}
