package io.darkroom.benchmark;

import io.darkroom.text.ClipTokenizer;
import io.darkroom.text.TokenizedPrompt;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A prompt to token numbers. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TokenizerBenchmark {
  /** A folder with {@code vocab.json} and {@code merges.txt}. */
  @Param("models/scenes/tokenizer")
  public String tokenizer;

  private ClipTokenizer opened;

  /** Opens the tokenizer. */
  @Setup
  public void open() {
    opened = ClipTokenizer.open(Path.of(tokenizer));
  }

  /** Closes it. */
  @TearDown
  public void close() {
    opened.close();
  }

  /** A prompt of fifteen words. */
  @Benchmark
  public TokenizedPrompt encode() {
    return opened.encode(
        "a red house with a tall chimney beside a lake at sunset, two clouds, snow");
  }
}
