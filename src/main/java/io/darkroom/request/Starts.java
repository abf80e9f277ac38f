package io.darkroom.request;

import io.darkroom.image.GreyImage;
import java.io.InputStream;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Makes of choices what a run begins with: reads the pictures that they name, each once. Not for
 * two threads.
 */
public final class Starts {
  private static final String STANDARD_INPUT = "-";
  private static final double STRENGTH = 0.75;
  private static final double STRENGTH_WITH_MASK = 1;
  private static final double MASK_BLUR = 4;

  /** Of a picture with its margins. */
  private static final long MOST_PIXELS = 1L << 28;

  /** As many pictures are remembered; their pixels may leave the memory before. */
  private static final int MOST_PICTURES = 256;

  private final Path folder;
  private final UnaryOperator<String> recorded;
  private final Function<Setting<?>, String> naming;
  private final Supplier<InputStream> standardInput;
  private final Map<String, SourcePicture> pictures =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, SourcePicture> eldest) {
          return size() > MOST_PICTURES && !eldest.getKey().equals(STANDARD_INPUT);
        }
      };

  /**
   * Prepares to read.
   *
   * @param folder what paths are relative to
   * @param standardInput what {@code -} reads
   */
  public Starts(Path folder, Supplier<InputStream> standardInput) {
    this(folder, UnaryOperator.identity(), Starts::option, standardInput);
  }

  private Starts(
      Path folder,
      UnaryOperator<String> recorded,
      Function<Setting<?>, String> naming,
      Supplier<InputStream> standardInput) {
    this.folder = folder;
    this.recorded = recorded;
    this.naming = naming;
    this.standardInput = standardInput;
  }

  /**
   * Prepares to read what the lines of a prompt file name. Their paths are relative to that file;
   * what is recorded of them is relative to the folder that the program works in, from where the
   * picture will be painted again. A fault names the keys of a line, not options.
   *
   * @param folder the prompt file's
   * @param working the folder that the program works in
   * @return the starts
   */
  public static Starts ofLines(Path folder, Path working) {
    return new Starts(
        folder,
        name -> {
          Path file = folder.resolve(name).toAbsolutePath().normalize();
          Path home = working.toAbsolutePath().normalize();
          return (file.startsWith(home) ? home.relativize(file) : file).toString();
        },
        Setting::key,
        () -> {
          throw new InvalidRequestException(
              "a batch cannot read a picture from standard input; name a file");
        });
  }

  /**
   * What a run begins with, and the choices with what it left open.
   *
   * @param start the start
   * @param choices with the softness of a mask said, where it counts
   */
  public record Chosen(Start start, Choices choices) {
    /**
     * The seed of a picture's noise. Variations of one picture share it, and differ in what it is
     * turned to.
     *
     * @param first the first picture's seed
     * @param index the picture's place in the series, from 0
     * @return 0 to 2^32 - 1
     */
    public long seed(long first, int index) {
      return SeedNumber.later(first, variation(index).isPresent() ? 0 : index);
    }

    /**
     * What a picture's noise is turned to.
     *
     * @param index the picture's place in the series, from 0
     * @return nothing if it is its own
     */
    public Optional<Variation> variation(int index) {
      return choices.get(Setting.VARIATION).map(variation -> variation.plus(index));
    }

    /**
     * What a person should know of the pictures.
     *
     * @return a line each
     */
    public List<String> notes() {
      List<String> notes = new ArrayList<>();
      start.pictures().forEach(picture -> add(picture, notes));
      if (start instanceof Start.Inpaint inpaint) {
        addMask(inpaint, notes);
      }
      return notes;
    }

    private static void addMask(Start.Inpaint inpaint, List<String> notes) {
      GreyImage painted = inpaint.canvasMask();
      int least = inpaint.edge() == Start.MaskEdge.SOFT ? 1 : GreyImage.HALF;
      boolean isPainted = inpaint.mask() instanceof Mask.Painted;
      String name = inpaint.mask().name();
      String counts = isPainted ? inpaint.inverted() ? " is black" : " is white" : " is painted";
      if (painted.isBelow(1) && inpaint.pastesBack()) {
        notes.add(name + ": no part" + counts + ", so the picture stays as it is");
      } else if (painted.isBelow(least)) {
        notes.add(name + ": no part" + counts + ", so nothing changes");
      } else if (painted.isAtLeast(GreyImage.HALF)) {
        String everywhere = isPainted ? ":" + counts + " everywhere" : ": covers everything";
        notes.add(name + everywhere + ", so the whole picture is made again");
      }
    }

    /**
     * Refuses to write over a picture that the run begins with: it would be lost.
     *
     * @param output the file to write
     * @throws InvalidRequestException if it is one of them
     */
    public void requireKept(Path output) {
      for (SourcePicture source : start.pictures()) {
        if (source.isIn(output)) {
          throw new InvalidRequestException(
              source.name()
                  + ": the result would replace its source picture; name another file with"
                  + " --output");
        }
      }
    }

    private void add(SourcePicture picture, List<String> notes) {
      picture.notes().forEach(note -> notes.add(picture.name() + ": " + note));
      boolean counts =
          start instanceof Start.Inpaint inpaint && inpaint.mask() instanceof Mask.Transparency;
      if (!counts
          && picture.picture().opacity().filter(opacity -> !opacity.isAtLeast(255)).isPresent()) {
        notes.add(picture.name() + ": parts of it are transparent; transparency is ignored");
      }
    }

    /**
     * The choices where nobody else chose a size: the picture's own, each side down to a multiple;
     * where one side is chosen, the other follows.
     *
     * @param factor what sides must be multiples of
     * @return choices with a size, if the run begins with a picture
     */
    Choices withSize(int factor) {
      Optional<Start.Image> image = start.source();
      if (image.isEmpty() || seesAreaOnly()) {
        return choices;
      }
      Optional<Integer> width = choices.get(Setting.WIDTH);
      Optional<Integer> height = choices.get(Setting.HEIGHT);
      if (width.isPresent() && height.isPresent()) {
        return choices;
      }
      PictureSize picture = image.get().size();
      double scale =
          width
              .map(wanted -> (double) wanted / picture.width())
              .or(() -> height.map(wanted -> (double) wanted / picture.height()))
              .orElse(1.0);
      return choices.orElse(
          Choices.NONE
              .with(Setting.WIDTH, side(picture.width() * scale, factor))
              .with(Setting.HEIGHT, side(picture.height() * scale, factor)));
    }

    private boolean seesAreaOnly() {
      return start instanceof Start.Inpaint inpaint && inpaint.areaPadding().isPresent();
    }

    private static int side(double wanted, int factor) {
      return Math.max(1, (int) (wanted / factor)) * factor;
    }

    /**
     * The request for one picture of a series.
     *
     * @param prompt what to show
     * @param first the first picture's seed
     * @param index the picture's place in the series, from 0
     * @param defaults the model's choice where there is none here
     * @param sizeFactor what the picture's sides must be multiples of
     * @return the request
     * @throws InvalidRequestException if a value makes no sense
     */
    public ImageRequest request(
        String prompt, long first, int index, PictureSettings defaults, int sizeFactor) {
      Choices own =
          variation(index)
              .map(variation -> choices.with(Setting.VARIATION, variation))
              .orElse(choices);
      Start rounded = start.onMultiplesOf(sizeFactor);
      boolean fits = rounded.source().map(Start.Image::size).filter(this::isChosen).isPresent();
      Start whole = fits ? rounded : start;
      Optional<Double> strength =
          own.get(Setting.STRENGTH).or(() -> defaults.get(Setting.STRENGTH));
      Chosen fitting = new Chosen(strength.map(whole::withStrength).orElse(whole), own).told();
      return fitting
          .withSize(sizeFactor)
          .request(
              prompt,
              seed(first, index),
              new PictureSettings(defaults.choices().without(Setting.STRENGTH)),
              fitting.start);
    }

    /** Tells whether nobody chose another size. */
    private boolean isChosen(PictureSize size) {
      return choices.get(Setting.WIDTH).orElse(size.width()) == size.width()
          && choices.get(Setting.HEIGHT).orElse(size.height()) == size.height();
    }

    /** The same with the strength among the choices, where there is one. */
    private Chosen told() {
      return start
          .source()
          .map(image -> new Chosen(start, choices.with(Setting.STRENGTH, image.strength())))
          .orElse(this);
    }
  }

  /**
   * Reads what choices name.
   *
   * @param choices all that was chosen
   * @return what the run begins with
   * @throws InvalidRequestException if a picture cannot be read, or the choices do not fit together
   */
  public Chosen choose(Choices choices) {
    requireNeeded(choices);
    return chooseStart(withUpscaler(choices));
  }

  private void requireNeeded(Choices choices) {
    for (Setting<?> setting : Setting.ALL) {
      Optional<Setting<?>> needed = setting.needs();
      if (choices.get(setting).isPresent()
          && needed.isPresent()
          && choices.get(needed.get()).isEmpty()) {
        throw new InvalidRequestException(
            naming.apply(setting) + " needs " + naming.apply(needed.get()));
      }
    }
  }

  /** An upscaler's file lies where the pictures do. */
  private Choices withUpscaler(Choices choices) {
    Optional<HiresUpscaler.Network> network =
        choices.get(Setting.HIRES_UPSCALER).flatMap(HiresUpscaler::network);
    if (network.isEmpty()) {
      return choices;
    }
    String name = network.get().name();
    return choices.with(
        Setting.HIRES_UPSCALER,
        new HiresUpscaler.Network(recorded.apply(name), folder.resolve(network.get().file())));
  }

  private Chosen chooseStart(Choices choices) {
    Optional<String> name = choices.get(Setting.INIT_IMAGE);
    Optional<String> mask = choices.get(Setting.MASK);
    if (name.isEmpty()) {
      for (Setting<?> setting : Setting.ALL) {
        if (setting.group() == Setting.Group.START && choices.get(setting).isPresent()) {
          throw new InvalidRequestException(
              naming.apply(setting)
                  + " needs a source picture; give it with "
                  + naming.apply(Setting.INIT_IMAGE));
        }
      }
      return new Chosen(Start.NOISE, choices);
    }
    boolean paintsPart = mask.isPresent() || choices.get(Setting.OUTPAINT).isPresent();
    if (!paintsPart) {
      requireMask(choices, Setting.MASK_BLUR);
      requireMask(choices, Setting.SOFT_MASK);
      requireMask(choices, Setting.PASTE_BACK);
      requireMask(choices, Setting.MASK_AREA);
    }
    if (mask.isEmpty()) {
      requireMask(choices, Setting.INVERT_MASK);
    } else if (name.get().equals(STANDARD_INPUT) && mask.get().equals(STANDARD_INPUT)) {
      throw new InvalidRequestException(
          "standard input can be one picture only; name a file for the mask");
    }
    Start.Image image =
        new Start.Image(
            picture(name.get()),
            strength(choices, paintsPart),
            choices.get(Setting.FIT).or(Setting.FIT::unlessGiven).orElseThrow(),
            choices.get(Setting.OUTPAINT).orElse(Margins.NONE));
    requireBounded(image);
    Choices whole = choices.with(Setting.INIT_IMAGE, recorded.apply(name.get()));
    if (!paintsPart) {
      return new Chosen(image, whole);
    }
    Choices masked = whole.orElse(Choices.NONE.with(Setting.MASK_BLUR, MASK_BLUR));
    Mask part = mask.map(text -> mask(text, image.picture())).orElseGet(Mask.Nothing::new);
    if (part.file().isPresent()) {
      masked = masked.with(Setting.MASK, recorded.apply(mask.orElseThrow()));
    }
    Start inpaint =
        new Start.Inpaint(
            image,
            part,
            isOn(masked, Setting.SOFT_MASK) ? Start.MaskEdge.SOFT : Start.MaskEdge.HARD,
            isOn(masked, Setting.INVERT_MASK),
            masked.get(Setting.MASK_BLUR).orElseThrow(),
            isOn(masked, Setting.PASTE_BACK),
            masked.get(Setting.MASK_AREA));
    return new Chosen(inpaint, masked);
  }

  private Mask mask(String text, SourcePicture picture) {
    return Mask.parse(text, picture).orElseGet(() -> new Mask.Painted(picture(text)));
  }

  /** Its pixels must fit into an array, with room for a mask beside. */
  private static void requireBounded(Start.Image image) {
    PictureSize size = image.size();
    if ((long) size.width() * size.height() > MOST_PIXELS) {
      throw new InvalidRequestException(
          "outpaint %s makes a picture of %dx%d, which is too large"
              .formatted(image.margins(), size.width(), size.height()));
    }
  }

  private static double strength(Choices choices, boolean paintsPart) {
    return choices.get(Setting.STRENGTH).orElse(paintsPart ? STRENGTH_WITH_MASK : STRENGTH);
  }

  private void requireMask(Choices choices, Setting<?> setting) {
    if (choices.get(setting).isPresent()) {
      throw new InvalidRequestException(
          naming.apply(setting) + " needs a mask; give it with " + naming.apply(Setting.MASK));
    }
  }

  private static String option(Setting<?> setting) {
    String name = setting.names().get(setting.names().size() - 1);
    // Who chose what holds anyway said the opposite.
    return setting.equals(Setting.PASTE_BACK) ? name.replace("--", "--no-") : name;
  }

  private static boolean isOn(Choices choices, Setting<Boolean> setting) {
    return choices.get(setting).or(setting::unlessGiven).orElseThrow();
  }

  private SourcePicture picture(String name) {
    SourcePicture known = pictures.get(name);
    if (known == null) {
      known = read(name);
      pictures.put(name, known);
    }
    return known;
  }

  private SourcePicture read(String name) {
    if (name.isEmpty()) {
      throw new InvalidRequestException("the picture's path is empty; name a file");
    }
    if (name.equals(STANDARD_INPUT)) {
      return SourcePicture.read("standard input", standardInput.get());
    }
    try {
      return SourcePicture.read(name, folder.resolve(name));
    } catch (InvalidPathException e) {
      throw new InvalidRequestException("'" + name + "' is not a path: " + e.getReason());
    }
  }
}
