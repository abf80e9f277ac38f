package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.darkroom.image.PngReader;
import io.darkroom.image.RgbImage;
import io.darkroom.lora.LoraChoice;
import io.darkroom.request.ImageRequest;
import io.darkroom.testing.Golden;
import io.darkroom.testing.Requests;
import io.darkroom.testing.TestModels;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole pictures with every kind of adapter against those of the reference. */
@Tag("slow")
class LoraKindsTest {
  @ParameterizedTest
  @CsvSource({
    "dora_kohya_in, 1",
    "dora_kohya_out, 1",
    "dora_peft, 1",
    "full, 0.8",
    "ia3, 0.7",
    "locon, 0.8",
    "loha, 0.9",
    "lokr, 0.8",
    "oft, 1"
  })
  void makesTheReferencesPicture(String kind, double strength) throws IOException {
    byte[] png = Golden.bytes("tiny-sd1-lora-kinds/pipe_" + kind + ".png");
    RgbImage golden = new PngReader(new ByteArrayInputStream(png)).read().image();
    LoraChoice lora =
        new LoraChoice(
            TestModels.directory("tiny-sd1-lora-kinds").resolve(kind + ".safetensors"), strength);
    ComputeOptions options = new ComputeOptions("cpu", "fp32").withLoras(List.of(lora));
    try (DiffusionPipeline pipeline =
        DiffusionPipeline.open(TestModels.directory("tiny-sd1"), options)) {
      assertEquals(List.of(), pipeline.warnings());
      ImageRequest request =
          Requests.of(
              "a photograph of an astronaut riding a horse",
              "blurry, low quality, watermark",
              400,
              64,
              64,
              6,
              7.5,
              "pndm",
              0);
      RgbImage image = pipeline.generate(List.of(request), new RecordingListener()).get(0).image();
      Pictures.assertAlike(kind, golden, image);
    }
  }
}
