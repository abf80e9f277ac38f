package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import io.darkroom.base.JsonConfig;
import io.darkroom.model.ModelFiles;
import io.darkroom.request.ImageRequest;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Distilled models paint in few steps and without guidance unless somebody says otherwise. */
class DistillationDefaultsTest {
  private static final ComputeOptions FP32 = new ComputeOptions("cpu", "fp32");

  @TempDir Path folder;
  private Path directory;
  private Path file;

  @BeforeEach
  void writeModels() throws IOException {
    directory = Files.createDirectory(folder.resolve("turbo"));
    TestModels.copy("tiny-sdxl", directory);
    Path config = directory.resolve("scheduler/scheduler_config.json");
    JsonObject scheduler = JsonConfig.read(config).json();
    scheduler.addProperty("_class_name", "EulerDiscreteScheduler");
    scheduler.addProperty("timestep_spacing", "trailing");
    Files.writeString(config, scheduler.toString());
    file = folder.resolve("tiny_lightning_2step.safetensors");
    Files.copy(TestModels.directory("tiny-sdxl.safetensors"), file);
  }

  @Test
  void aFileNamedSoPaintsAsTheDirectoryDoes() throws IOException {
    Path silent = Files.createDirectory(folder.resolve("configs"));
    TestModels.copy("tiny-sdxl", silent);
    Files.delete(silent.resolve("scheduler/scheduler_config.json"));
    ModelFiles named = new ModelFiles(file, Optional.of(silent), Optional.empty(), folder);
    try (DiffusionPipeline fromFile = DiffusionPipeline.open(named, FP32);
        DiffusionPipeline fromDirectory = DiffusionPipeline.open(directory, FP32)) {
      assertEquals(2, fromFile.defaults().steps());
      assertEquals(4, fromDirectory.defaults().steps());
      for (DiffusionPipeline pipeline : List.of(fromFile, fromDirectory)) {
        assertEquals(1, pipeline.defaults().guidance().scale());
        assertEquals("euler", pipeline.defaults().sampler().optionName());
      }
      assertEquals(
          List.of(
              "tiny_lightning_2step.safetensors has the name of a model distilled to 2"
                  + " steps without guidance, and is used so; --steps and --guidance-scale"
                  + " override this"),
          fromFile.warnings());
      assertEquals(List.of(), fromDirectory.warnings());
      ImageRequest request = Requests.of("a house", "", 3, 64, 64, 2, 1, "euler", 0);
      assertArrayEquals(rgb(fromDirectory, request), rgb(fromFile, request));
    }
  }

  @Test
  void aConfigCountsMoreThanAName() {
    Path own = TestModels.directory("tiny-sdxl");
    ModelFiles named = new ModelFiles(file, Optional.of(own), Optional.empty(), folder);
    try (DiffusionPipeline pipeline = DiffusionPipeline.open(named, FP32)) {
      assertEquals(50, pipeline.defaults().steps());
      assertEquals(7.5, pipeline.defaults().guidance().scale());
      assertEquals(List.of(), pipeline.warnings());
    }
  }

  private static byte[] rgb(DiffusionPipeline pipeline, ImageRequest request) {
    return pipeline.generate(List.of(request), new RecordingListener()).get(0).image().rgb();
  }
}
