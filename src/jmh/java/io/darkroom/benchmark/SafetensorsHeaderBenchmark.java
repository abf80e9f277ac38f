package io.darkroom.benchmark;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.JsonConfig;
import io.darkroom.weights.SafetensorsFile;
import io.darkroom.network.UNet;
import io.darkroom.network.UNetConfig;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The header of a file with all the weights of Stable Diffusion 1.5's U-Net. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SafetensorsHeaderBenchmark {
  private static final String SETTINGS = "/io/darkroom/model/stable-diffusion-1.json";

  private Path file;

  /** Writes the header; the weights behind it are a hole of the file's right size. */
  @Setup
  public void write() throws IOException {
    JsonObject header = new JsonObject();
    long end = 0;
    WeightCatalog inventory = WeightCatalog.ofNewModel();
    new UNet(config()).writeTo(inventory.root(), new Script(Precision.FLOAT32));
    for (var weight : inventory.shapes().entrySet()) {
      JsonArray shape = new JsonArray();
      long bytes = Short.BYTES;
      for (long side : weight.getValue()) {
        shape.add(side);
        bytes *= side;
      }
      JsonArray offsets = new JsonArray();
      offsets.add(end);
      offsets.add(end += bytes);
      JsonObject entry = new JsonObject();
      entry.addProperty("dtype", "F16");
      entry.add("shape", shape);
      entry.add("data_offsets", offsets);
      header.add(weight.getKey(), entry);
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    file = Files.createTempFile("header", ".safetensors");
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      out.write(length.putLong(json.length).array());
      out.write(json);
      out.setLength(Long.BYTES + json.length + end);
    }
  }

  private static UNetConfig config() throws IOException {
    try (InputStream stream = UNetConfig.class.getResourceAsStream(SETTINGS)) {
      String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      JsonObject settings = JsonParser.parseString(text).getAsJsonObject();
      return UNetConfig.parse(JsonConfig.of(SETTINGS, settings.getAsJsonObject("unet")));
    }
  }

  /** Deletes the file. */
  @TearDown
  public void delete() throws IOException {
    Files.delete(file);
  }

  /** Opens the file, which reads and checks the header. */
  @Benchmark
  public int open() {
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      return opened.tensors().size();
    }
  }
}
