package io.darkroom.cli.picture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.cli.CommandRun;
import io.darkroom.cli.FakePipeline;
import io.darkroom.image.RgbImage;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.pipeline.PipelineListener;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.request.ImageRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pictures in the terminal, as bytes on standard error. */
class ShowTest {
  /** Seed 7's picture, 16 by 8 pixels of one grey. */
  private static final String PICTURE =
      ("\033[38;2;7;7;7m\033[48;2;7;7;7m" + "▀".repeat(16) + "\033[0m\n").repeat(4);

  private static final String PREVIEW = "\033[38;2;9;9;9m\033[48;2;9;9;9m▀▀\033[0m\n";

  @TempDir private Path folder;
  private CommandRun run;
  private final List<Integer> previews = new ArrayList<>();

  @BeforeEach
  void prepare() throws IOException {
    run = new CommandRun(folder);
    run.environment.put("DARKROOM_GRAPHICS", "blocks");
    run.columns = OptionalInt.of(80);
    run.pipeline =
        new FakePipeline() {
          @Override
          public List<RenderedImage> generate(
              List<ImageRequest> requests, PipelineListener listener) {
            int steps = requests.get(0).settings().steps();
            for (int step = 1; step <= steps; step++) {
              if (listener.wantsPreview(step, steps)) {
                previews.add(step);
                listener.onPreview(
                    new RgbImage(2, 2, new byte[] {9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9}));
              }
            }
            return super.generate(requests, listener);
          }
        };
  }

  @Test
  void showDrawsTheFinishedPictureOnStandardError() {
    assertEquals(0, run.run("--show", "-s7", "x"), run.err());
    assertTrue(run.err().endsWith(PICTURE), run.err());
    assertEquals("x-7.png\n", run.out().replace(run.work() + "/", ""));
    assertEquals(List.of(), previews);
  }

  @Test
  void previewsAreDrawnOverEachOtherAndTakenAway() {
    assertEquals(0, run.run("--preview", "-s7", "--steps", "20", "x"), run.err());
    assertEquals(List.of(2, 4, 6, 8, 10, 12, 14, 16, 18), previews);
    String up = "\033[1A\r";
    assertTrue(run.err().contains(PREVIEW + up + PREVIEW), run.err());
    assertTrue(run.err().endsWith(up + "\033[J"), run.err());
    assertFalse(run.err().contains(PICTURE));
  }

  @Test
  void eachProtocolCanBeChosen() {
    run.environment.put("DARKROOM_GRAPHICS", "kitty");
    assertEquals(0, run.run("--show", "-s7", "x"), run.err());
    assertTrue(run.err().contains("\033_Ga=T,f=100"), run.err());
  }

  @Test
  void aProtocolThatNobodyKnowsIsTold() {
    run.environment.put("DARKROOM_GRAPHICS", "regis");
    assertEquals(0, run.run("--show", "--preview", "-s7", "x"), run.err());
    assertEquals(
        1,
        run.err()
            .lines()
            .filter(
                line ->
                    line.endsWith(
                        "DARKROOM_GRAPHICS is regis; use kitty, iterm2, sixel, blocks or none"))
            .count(),
        run.err());
    assertFalse(run.err().contains("▀"), run.err());
  }

  @Test
  void withoutATerminalOrQuietlyThereIsNothing() {
    run.columns = OptionalInt.empty();
    assertEquals(0, run.run("--show", "--preview", "-s7", "x"), run.err());
    assertEquals("darkroom: fake on cpu in fp32, seed 7\n", run.err());
    run.columns = OptionalInt.of(80);
    run.err.reset();
    assertEquals(0, run.run("--show", "--preview", "-q", "-s7", "x"), run.err());
    assertEquals("", run.err());
    run.environment.put("DARKROOM_GRAPHICS", "none");
    assertEquals(0, run.run("--show", "--preview", "-s7", "x"), run.err());
    assertFalse(run.err().contains("▀"), run.err());
    assertEquals(List.of(), previews);
  }

  @Test
  void aPreviewsDecoderGoesToThePipeline() throws IOException {
    List<ComputeOptions> opened = new ArrayList<>();
    run.opener =
        (model, options) -> {
          opened.add(options);
          return run.pipeline;
        };
    assertEquals(0, run.run("--preview", "--preview-vae", "taesd", "-s7", "x"), run.err());
    assertEquals(
        0,
        run.run("again", "x-7.png", "-m", "other", "--preview", "--preview-vae", "/t"),
        run.err());
    assertEquals(0, run.run("--preview", "-s8", "x"), run.err());
    assertEquals(
        List.of(
            Optional.of(run.work().resolve("taesd")), Optional.of(Path.of("/t")), Optional.empty()),
        opened.stream().map(ComputeOptions::previewDecoder).toList());
  }

  @Test
  void aPreviewsDecoderWithoutPreviewsIsWrongUsage() {
    assertEquals(2, run.run("--preview-vae", "taesd", "x"));
    assertEquals("darkroom: --preview-vae needs --preview, too\n", run.err());
    assertEquals(0, run.opened);
    assertEquals(List.of(), run.files());
  }
}
