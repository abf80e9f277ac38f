package io.darkroom.benchmark;

import io.darkroom.image.Png;
import io.darkroom.image.PngWriter;
import io.darkroom.image.RgbImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Random;
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
import org.openjdk.jmh.annotations.Warmup;

/** A picture to a PNG. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PngBenchmark {
  private static final int SIDE = 512;

  private RgbImage picture;

  /** Slow waves with a little noise: a photograph compresses about as well. */
  @Setup
  public void paint() {
    Random random = new Random(1);
    byte[] rgb = new byte[3 * SIDE * SIDE];
    for (int i = 0; i < rgb.length; i++) {
      double row = (double) (i / 3 / SIDE) / SIDE;
      double column = (double) (i / 3 % SIDE) / SIDE;
      double wave = Math.sin(7 * row + i % 3) * Math.cos(5 * column);
      rgb[i] = (byte) Math.max(0, Math.min(255, 128 + 100 * wave + 3 * random.nextGaussian()));
    }
    picture = new RgbImage(SIDE, SIDE, rgb);
  }

  /** 512x512, without texts. */
  @Benchmark
  public int write() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new PngWriter(bytes).write(new Png(picture, Map.of()));
    return bytes.size();
  }
}
