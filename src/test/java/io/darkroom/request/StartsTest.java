package io.darkroom.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.image.Png;
import io.darkroom.image.PngWriter;
import io.darkroom.image.RgbImage;
import io.darkroom.testing.Requests;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StartsTest {
  @TempDir private Path folder;
  private Starts starts;

  @BeforeEach
  void pictures() throws IOException {
    write("a.png", 100, 84, 10);
    write("b.png", 100, 84, 20);
    write("tiny.png", 1, 1, 30);
    write("black.png", 8, 8, 0);
    Files.writeString(folder.resolve("text.png"), "a text");
    byte[] piped = Files.readAllBytes(folder.resolve("b.png"));
    starts = new Starts(folder, () -> new ByteArrayInputStream(piped));
  }

  private void write(String name, int width, int height, int level) throws IOException {
    byte[] rgb = new byte[3 * width * height];
    Arrays.fill(rgb, (byte) level);
    try (OutputStream out = Files.newOutputStream(folder.resolve(name))) {
      new PngWriter(out).write(new Png(new RgbImage(width, height, rgb), Map.of()));
    }
  }

  private static Choices choices(String... keysAndTexts) {
    Choices choices = Choices.NONE;
    for (int i = 0; i < keysAndTexts.length; i += 2) {
      choices = choices.withText(Setting.find(keysAndTexts[i]).orElseThrow(), keysAndTexts[i + 1]);
    }
    return choices;
  }

  @Test
  void withoutAPictureThereIsNoise() {
    Starts.Chosen chosen = starts.choose(choices("steps", "3"));
    assertSame(Start.NOISE, chosen.start());
    assertEquals(choices("steps", "3"), chosen.choices());
    assertEquals(List.of(), chosen.notes());
  }

  @Test
  void strengthAndBlurHaveDefaults() {
    Start.Image image =
        assertInstanceOf(Start.Image.class, starts.choose(choices("init_image", "a.png")).start());
    assertEquals(0.75, image.strength());
    Start.Inpaint inpaint =
        assertInstanceOf(
            Start.Inpaint.class,
            starts.choose(choices("init_image", "a.png", "mask", "b.png")).start());
    assertEquals(1, inpaint.image().strength());
    assertEquals(4, inpaint.blur());
    assertTrue(inpaint.pastesBack());
    assertEquals(Start.MaskEdge.HARD, inpaint.edge());
  }

  @ParameterizedTest
  @CsvSource({"a.png, 96, 80", "tiny.png, 8, 8"})
  void thePicturesSizeIsTakenDownToAMultiple(String file, int width, int height) {
    PictureSettings model = Requests.settings(512, 512, 3, 7.5, "ddim", 0);
    Starts.Chosen chosen = starts.choose(choices("init_image", file));
    PictureSettings settings = chosen.request("x", 1, 0, model, 8).settings();
    assertEquals(width, settings.width());
    assertEquals(height, settings.height());
    Starts.Chosen wider = starts.choose(choices("init_image", file, "width", "64"));
    PictureSettings follows = wider.request("x", 1, 0, model, 8).settings();
    assertEquals(64, follows.width());
    assertEquals(file.equals("a.png") ? 48 : 64, follows.height(), "the other side follows");
  }

  /** The picture grows on to multiples; who says a size gets that one. */
  @Test
  void aGrowingPicturesSizeIsTakenUpToAMultiple() {
    PictureSettings model = Requests.settings(512, 512, 3, 7.5, "ddim", 0);
    Starts.Chosen chosen = starts.choose(choices("init_image", "a.png", "outpaint", "0,0,5,0"));
    ImageRequest request = chosen.request("x", 1, 0, model, 8);
    Start.Inpaint grown = assertInstanceOf(Start.Inpaint.class, request.start());
    RgbImage canvas = grown.image().canvas();
    assertEquals(0, canvas.width() % 8);
    assertEquals(0, canvas.height() % 8);
    assertEquals(canvas.width(), request.settings().width());
    assertEquals(canvas.height(), request.settings().height());
    Starts.Chosen sized =
        starts.choose(choices("init_image", "a.png", "outpaint", "0,0,5,0", "width", "64"));
    ImageRequest wanted = sized.request("x", 1, 0, model, 8);
    assertEquals(64, wanted.settings().width());
    assertEquals(new Margins(0, 0, 5, 0), wanted.start().source().orElseThrow().margins());
  }

  /** A model for instructions says so; otherwise the start has its own. */
  @Test
  void theModelMayChooseTheStrength() {
    PictureSettings model = Requests.settings(512, 512, 3, 7.5, "ddim", 0);
    PictureSettings strong = model.with(Setting.STRENGTH, 1.0);
    Starts.Chosen open = starts.choose(choices("init_image", "a.png"));
    Starts.Chosen said = starts.choose(choices("init_image", "a.png", "strength", "0.4"));
    assertEquals(0.75, strength(open, model));
    assertEquals(1, strength(open, strong));
    assertEquals(0.4, strength(said, strong));
    ImageRequest noise = starts.choose(Choices.NONE).request("x", 1, 0, strong, 8);
    assertEquals(Optional.empty(), noise.settings().get(Setting.STRENGTH));
  }

  private static double strength(Starts.Chosen chosen, PictureSettings model) {
    ImageRequest request = chosen.request("x", 1, 0, model, 8);
    double strength = request.start().source().orElseThrow().strength();
    assertEquals(Optional.of(strength), request.settings().get(Setting.STRENGTH));
    return strength;
  }

  /** What is seen counts, not where it lies. */
  @Test
  void equalPicturesAreOne() throws IOException {
    Files.copy(folder.resolve("a.png"), folder.resolve("copy.png"));
    Start one = starts.choose(choices("init_image", "a.png")).start();
    assertEquals(one, starts.choose(choices("init_image", "copy.png")).start());
    assertNotEquals(one, starts.choose(choices("init_image", "b.png")).start());
    assertEquals(
        starts.choose(choices("init_image", "b.png")).start(),
        starts.choose(choices("init_image", "-")).start());
    assertEquals(
        List.of("init_image_hash", "mask_hash"),
        List.copyOf(
            SourcePictures.hashes(
                    starts.choose(choices("init_image", "a.png", "mask", "b.png")).start())
                .keySet()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mask=a.png|--mask needs a source picture",
        "strength=0.5|--strength needs a source picture",
        "init_image=a.png,mask_blur=2|--mask-blur needs a mask",
        "init_image=a.png,paste_back=false|--no-paste-back needs a mask",
        "init_image=a.png,strength=0|strength must be above 0",
        "init_image=nothing.png|nothing.png: there is no such file",
        "init_image=text.png|text.png: the file is not a picture",
        "init_image=.|.: is a folder",
        "init_image=-,mask=-|standard input can be one picture",
      })
  void nonsenseIsTold(String pairs, String message) {
    String[] words = pairs.split("[=,]");
    InvalidRequestException e =
        assertThrows(InvalidRequestException.class, () -> starts.choose(choices(words)));
    assertTrue(e.getMessage().startsWith(message), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mask=a.png|mask needs a source picture; give it with init_image",
        "strength=0.5|strength needs a source picture; give it with init_image",
        "init_image=a.png,mask_blur=2|mask_blur needs a mask; give it with mask",
        "init_image=a.png,paste_back=false|paste_back needs a mask; give it with mask",
      })
  void aLinesFaultNamesKeys(String pairs, String message) {
    String[] words = pairs.split("[=,]");
    Starts ofLines = Starts.ofLines(folder, folder);
    assertEquals(
        message,
        assertThrows(InvalidRequestException.class, () -> ofLines.choose(choices(words)))
            .getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "1.5"})
  void aStrengthOutOfRangeHasOneWording(String text) {
    String expected = "strength must be above 0 and at most 1, not " + text;
    assertEquals(
        expected,
        assertThrows(InvalidRequestException.class, () -> Setting.STRENGTH.parse(text))
            .getMessage());
    assertEquals(
        expected,
        assertThrows(
                InvalidRequestException.class,
                () -> Setting.STRENGTH.check(Double.parseDouble(text)))
            .getMessage());
  }

  @Test
  void aMaskThatPaintsNothingIsSaid() {
    assertEquals(
        List.of("black.png: no part is white, so the picture stays as it is"),
        starts.choose(choices("init_image", "a.png", "mask", "black.png")).notes());
    assertEquals(
        List.of("black.png: no part is white, so nothing changes"),
        starts
            .choose(choices("init_image", "a.png", "mask", "black.png", "paste_back", "false"))
            .notes(),
        "the autoencoder changes it");
    assertEquals(
        List.of("black.png: is black everywhere, so the whole picture is made again"),
        starts
            .choose(choices("init_image", "a.png", "mask", "black.png", "invert_mask", "true"))
            .notes());
  }

  /** Editors mark a part by making it transparent; the mask's colours may be white everywhere. */
  @Test
  void whatIsTransparentIsSaid() throws IOException {
    java.awt.image.BufferedImage image =
        new java.awt.image.BufferedImage(16, 16, java.awt.image.BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0xFFFFFFFF);
    javax.imageio.ImageIO.write(image, "png", folder.resolve("hole.png").toFile());
    List<String> notes = starts.choose(choices("init_image", "a.png", "mask", "hole.png")).notes();
    assertEquals(List.of("hole.png: parts of it are transparent; transparency is ignored"), notes);
  }

  /** Pixels that left the memory are read again, and must be the same. */
  @Test
  void aPictureThatChangesMeanwhileIsNoticed() throws IOException {
    Path file = folder.resolve("a.png");
    SourcePicture picture = SourcePicture.read("a.png", file);
    assertEquals(100, picture.picture().image().width());
    picture.forget();
    assertEquals(100, picture.picture().image().width());
    picture.forget();
    Files.copy(folder.resolve("b.png"), file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThrows(InvalidRequestException.class, picture::picture);
  }

  @Test
  void whatComesOnceIsKept() throws IOException {
    try (InputStream in = Files.newInputStream(folder.resolve("a.png"))) {
      SourcePicture picture = SourcePicture.read("-", in);
      picture.forget();
      assertEquals(84, picture.picture().image().height());
    }
  }
}
