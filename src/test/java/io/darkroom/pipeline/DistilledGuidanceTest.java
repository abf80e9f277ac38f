package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.testing.Golden;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import io.darkroom.weights.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A U-Net that hears of the guidance scale, as latent consistency models do. Its picture must be
 * that of an ordinary one into whose first bias the scale's embedding was put by hand.
 */
@Tag("slow")
class DistilledGuidanceTest {
  private static final int WIDTH = 8;
  private static final double SCALE = 5.5;

  @TempDir Path distilled;
  @TempDir Path byHand;

  @Test
  void theScaleIsAnInputAndThereIsOnePass() throws IOException {
    TestModels.copy("tiny-sd1", distilled);
    TestModels.copy("tiny-sd1", byHand);
    Path config = distilled.resolve("unet/config.json");
    Files.writeString(
        config, Files.readString(config).replaceFirst("\\{", "{\"time_cond_proj_dim\": 8,"));

    Golden stored = Golden.open(TestModels.weights("tiny-sd1", "unet"));
    String layer = "time_embedding.linear_1";
    int in = (int) stored.shape(layer + ".weight")[1];
    float[] projection = new float[in * WIDTH];
    for (int i = 0; i < projection.length; i++) {
      projection[i] = (float) Math.cos(3 * i + 1);
    }
    TestModels.rewrite(
        TestModels.weights(distilled, "unet"),
        all -> all.put("time_embedding.cond_proj.weight", TensorData.of(projection, in, WIDTH)));
    float[] bias = stored.floats(layer + ".bias");
    addWhatTheScaleGives(bias, stored.floats(layer + ".weight"), projection, in);
    TestModels.rewrite(
        TestModels.weights(byHand, "unet"),
        all -> all.put(layer + ".bias", TensorData.of(bias, bias.length)));

    RecordingListener listener = new RecordingListener();
    RgbImage expected = picture(byHand, 1, "", new RecordingListener());
    Pictures.assertAlike("guided", expected, picture(distilled, SCALE, "", listener));
    assertEquals(List.of(), listener.warnings);
    assertFalse(
        Arrays.equals(expected.rgb(), picture(distilled, 2, "", listener).rgb()),
        "the scale changes nothing");
    Pictures.assertAlike("negative", expected, picture(distilled, SCALE, "fog", listener));
    assertEquals(
        List.of("guidance is built into this model; a negative prompt has no effect"),
        listener.warnings);
  }

  /** The class's name brings its makers' defaults and changes nothing else. */
  @Test
  void aLatentConsistencyModelIsOneOfItsFamily() throws IOException {
    TestModels.copy("tiny-sd1", byHand);
    Files.writeString(
        byHand.resolve("scheduler/scheduler_config.json"),
        """
        {"_class_name": "LCMScheduler", "beta_start": 0.00085, "beta_end": 0.012,
         "beta_schedule": "scaled_linear", "num_train_timesteps": 1000,
         "original_inference_steps": 50, "set_alpha_to_one": true, "steps_offset": 1,
         "timestep_spacing": "leading", "timestep_scaling": 10.0, "clip_sample": false,
         "prediction_type": "epsilon", "rescale_betas_zero_snr": false}
        """);
    Path config = byHand.resolve("unet/config.json");
    Files.writeString(
        config, Files.readString(config).replaceFirst("\\{", "{\"time_cond_proj_dim\": 8,"));
    int in =
        (int)
            Golden.open(TestModels.weights("tiny-sd1", "unet"))
                .shape("time_embedding.linear_1.weight")[1];
    float[] projection = new float[in * WIDTH];
    Arrays.fill(projection, 0.1f);
    TestModels.rewrite(
        TestModels.weights(byHand, "unet"),
        all -> all.put("time_embedding.cond_proj.weight", TensorData.of(projection, in, WIDTH)));
    RgbImage asStableDiffusion = lcmPicture(byHand, new RecordingListener());

    Path index = byHand.resolve("model_index.json");
    String named =
        Files.readString(index)
            .replace("\"StableDiffusionPipeline\"", "\"LatentConsistencyModelPipeline\"");
    Files.writeString(index, named);
    RecordingListener listener = new RecordingListener();
    assertArrayEquals(asStableDiffusion.rgb(), lcmPicture(byHand, listener).rgb());
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(byHand, new ComputeOptions("cpu", "fp32"))) {
      assertEquals(Requests.settings(64, 64, 4, 8.5, "lcm", 0), pipeline.defaults());
    }
  }

  private static RgbImage lcmPicture(Path model, PipelineListener listener) {
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(model, new ComputeOptions("cpu", "fp32"))) {
      ImageRequest request = Requests.of("a cat", "", 1, 64, 64, 4, 8.5, "lcm", 0);
      return pipeline.generate(List.of(request), listener).get(0).image();
    }
  }

  /** LCM: sines, then cosines, of 1000 (scale - 1) times 10000^(-i / (half - 1)). */
  private static void addWhatTheScaleGives(
      float[] bias, float[] weight, float[] projection, int in) {
    int half = WIDTH / 2;
    double[] wave = new double[WIDTH];
    for (int i = 0; i < half; i++) {
      double angle = 1000 * (SCALE - 1) * Math.pow(10000, -i / (half - 1.0));
      wave[i] = Math.sin(angle);
      wave[half + i] = Math.cos(angle);
    }
    for (int row = 0; row < bias.length; row++) {
      double sum = 0;
      for (int k = 0; k < in; k++) {
        double condition = 0;
        for (int i = 0; i < WIDTH; i++) {
          condition += projection[k * WIDTH + i] * wave[i];
        }
        sum += weight[row * in + k] * condition;
      }
      bias[row] += (float) sum;
    }
  }

  private static RgbImage picture(
      Path model, double guidance, String negativePrompt, PipelineListener listener) {
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(model, new ComputeOptions("cpu", "fp32"))) {
      ImageRequest request =
          Requests.of("a cat", negativePrompt, 1, 64, 64, 4, guidance, "ddim", 0);
      return pipeline.generate(List.of(request), listener).get(0).image();
    }
  }
}
