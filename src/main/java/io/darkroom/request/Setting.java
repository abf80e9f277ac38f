package io.darkroom.request;

import com.google.gson.JsonPrimitive;
import io.darkroom.base.OneLine;
import io.darkroom.base.PlainNumber;
import io.darkroom.image.Fit;
import io.darkroom.sampling.Prediction;
import io.darkroom.sampling.SamplerChoice;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.Schedule;
import io.darkroom.text.PromptSyntax;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Something that a person may choose of a picture, beside its prompt and its seed. All that is to
 * be said of it stands here once: its name in JSON, recipes and batch lines, its option, how its
 * values are read and written, and what it means to leave it out. Whoever reads or writes requests
 * goes through {@link #ALL}: a new setting is a constant here, and the place that uses it.
 *
 * @param <T> the type of its values
 */
public final class Setting<T> {
  private static final List<Setting<?>> TABLE = new ArrayList<>();

  /** No model was trained with more timesteps; each allows as many steps as it has. */
  private static final int MOST_STEPS = 10_000;

  /** In pixels; how much of it a model and the memory take is known later. */
  private static final int LARGEST_SIDE = 1 << 16;

  /** As many layers and evaluations are none too few for anybody. */
  private static final int MOST = 10_000;

  /** Far beyond use, and far below what overflows in half precision. */
  private static final double GREATEST_SCALE = 1000;

  /** What to steer away from. Given but empty it is something else than not given. */
  public static final Setting<String> NEGATIVE_PROMPT =
      new Builder<>("negative_prompt", Kind.TEXT, text -> text, JsonPrimitive::new)
          .help("TEXT", "What to steer away from.")
          .names("-n", "--negative-prompt")
          .synonyms("--negative")
          .add();

  /** The picture's width in pixels. */
  public static final Setting<Integer> WIDTH =
      whole("width", 1, LARGEST_SIDE)
          .help(
              "PIXELS",
              "The picture's width, a multiple of 8. The default is the model's own size.")
          .names("-W", "--width")
          .add();

  /** The picture's height in pixels. */
  public static final Setting<Integer> HEIGHT =
      whole("height", 1, LARGEST_SIDE)
          .help(
              "PIXELS",
              "The picture's height, a multiple of 8. The default is the model's own size.")
          .names("-H", "--height")
          .add();

  /** Denoising steps. */
  public static final Setting<Integer> STEPS =
      whole("steps", 1, MOST_STEPS)
          .help("COUNT", "How many denoising steps to make. The default is the model's, or 50.")
          .webUi("Steps")
          .add();

  /** The sampler; its name may tell a schedule, too. */
  public static final Setting<SamplerChoice> SAMPLER =
      new Builder<>(
              "sampler",
              Kind.TEXT,
              Setting::sampler,
              choice -> new JsonPrimitive(choice.kind().optionName()))
          .help(
              "NAME",
              "The sampler. The default is the model's, or ddim. The command darkroom samplers "
                  + "lists all. Other programs' names are understood, too, such as 'DPM++ 2M "
                  + "Karras'.")
          .offers(Stream.of(SamplerKind.values()).map(SamplerKind::optionName))
          .inLines("--sampler_name")
          .webUi("Sampler")
          .add();

  /**
   * Classifier-free guidance (Ho and Salimans, arXiv 2207.12598); 1 or less runs without the
   * unconditional branch.
   */
  public static final Setting<Double> GUIDANCE_SCALE =
      number("guidance_scale", 0, GREATEST_SCALE)
          .help(
              "SCALE",
              "How closely to follow the prompt. The default is the model's, or 7.5. With 1 or "
                  + "less there is no guidance, which takes half the time.")
          .names("-g", "--guidance-scale")
          .synonyms("--cfg-scale", "--cfg_scale", "--cfg")
          .webUi("CFG scale")
          .add();

  /** How much noise DDIM adds at each step (Song et al., arXiv 2010.02502, equation 16). */
  public static final Setting<Double> ETA =
      number("eta", 0, 1)
          .help(
              "ETA",
              "How much noise the sampler ddim adds at each step, from 0 to 1. The default is the "
                  + "model's, or 0.")
          .webUi("Eta DDIM")
          .add();

  /** How the sampler spreads its noise levels. */
  public static final Setting<Schedule> SCHEDULE =
      new Builder<>(
              "schedule",
              Kind.TEXT,
              named(Schedule::named),
              schedule -> new JsonPrimitive(schedule.optionName()))
          .help(
              "NAME",
              "How the sampler spreads its steps, such as karras or exponential. The default is "
                  + "model. The command darkroom samplers lists all.")
          .offers(Stream.of(Schedule.values()).map(Schedule::optionName))
          .inLines("--scheduler")
          .webUi("Schedule type")
          .unlessGiven(Schedule.MODEL)
          .add();

  /** How far guidance's spread is brought back (Lin et al., arXiv 2305.08891, section 3.4). */
  public static final Setting<Double> GUIDANCE_RESCALE =
      number("guidance_rescale", 0, 1)
          .help(
              "SHARE",
              "Correct pictures that guidance makes too bright, from 0 to 1. The default is 0.")
          .webUi("CFG rescale")
          .unlessGiven(0.0)
          .add();

  /** At which noise levels guidance works (Kynkaanniemi et al., arXiv 2404.07724). */
  public static final Setting<GuidanceInterval> GUIDANCE_INTERVAL =
      new Builder<>(
              "guidance_interval",
              Kind.TEXT,
              GuidanceInterval::parse,
              interval -> new JsonPrimitive(interval.toString()))
          .help(
              "LOW:HIGH",
              "Use guidance only at these noise levels (sigma), as in 0.3:5.5. A step outside "
                  + "takes half the time. This changes the picture. By default guidance is used "
                  + "everywhere.")
          .webUi("Guidance interval")
          .unlessGiven(GuidanceInterval.EVERYWHERE)
          .add();

  /** The text encoder's layer that counts, from the end; 0 for the model's own choice. */
  public static final Setting<Integer> CLIP_SKIP =
      whole("clip_skip", 1, MOST)
          .help(
              "LAYER",
              "Which layer of the text encoder counts, from the end. 1 is the last layer. The "
                  + "default is the model's own.")
          .webUi("Clip skip")
          .unlessGiven(0)
          .add();

  /** How prompt and negative prompt are read. */
  public static final Setting<PromptSyntax> PROMPT_SYNTAX =
      new Builder<>(
              "prompt_syntax",
              Kind.TEXT,
              named(PromptSyntax::named),
              syntax -> new JsonPrimitive(syntax.optionName()))
          .help(
              "SYNTAX",
              "How the prompt is read: weighted or plain. A weighted one may have (word:1.3), "
                  + "[word] and BREAK, and any length. A plain one is taken as it stands, and cut "
                  + "where the text encoder ends. The default is weighted.")
          .offers(Stream.of(PromptSyntax.values()).map(PromptSyntax::optionName))
          .add();

  /**
   * Of so many evaluations of the U-Net one computes its deep layers, and the others reuse what it
   * found (DeepCache: Ma et al., arXiv 2312.00858).
   */
  public static final Setting<Integer> DEEP_CACHE =
      whole("deep_cache", 1, MOST)
          .help(
              "COUNT",
              "Compute the U-Net's deep layers only once in COUNT evaluations, and reuse them in "
                  + "between. With most samplers an evaluation is a step. 2 or 3 save about half "
                  + "of the time. This changes the picture. The default is 1.")
          .webUi("Deep cache")
          .unlessGiven(1)
          .add();

  /** What the U-Net is taken to predict. */
  public static final Setting<Prediction> PREDICTION =
      new Builder<>(
              "prediction",
              Kind.TEXT,
              named(Prediction::named),
              prediction -> new JsonPrimitive(prediction.optionName()))
          .help(
              "KIND",
              "What the model predicts: epsilon, v, sample or edm. This is for a model whose files "
                  + "tell it wrong, or not at all. The default is what the files tell.")
          .offers(Stream.of(Prediction.values()).map(Prediction::optionName))
          .webUi("Prediction")
          .unlessGiven(Prediction.MODEL)
          .add();

  /** Another seed's noise, and how much of it there is in the picture's own. */
  public static final Setting<Variation> VARIATION =
      new Builder<>(
              "variation",
              Kind.TEXT,
              Variation::parse,
              variation -> new JsonPrimitive(variation.toString()))
          .help(
              "SEED:STRENGTH",
              "Paint a variation: turn the noise towards that of another seed, from above 0 to 1, "
                  + "as in 7:0.2. Picture i of several has the same seed, and SEED + i for the "
                  + "variation.")
          .add();

  /** At which borders the picture goes on at the opposite one. */
  public static final Setting<Seamless> SEAMLESS =
      new Builder<>(
              "seamless",
              Kind.TEXT,
              named(Seamless::named),
              seamless -> new JsonPrimitive(seamless.optionName()))
          .help(
              "BORDERS",
              "Paint a picture whose copies join without a seam: x (left and right), y (above and "
                  + "below), xy, or none. The default is none.")
          .offers(Stream.of(Seamless.values()).map(Seamless::optionName))
          .webUi("Tiling")
          .unlessGiven(Seamless.NONE)
          .add();

  /** Whether the U-Net sees windows (MultiDiffusion: Bar-Tal et al., arXiv 2302.08113). */
  public static final Setting<Boolean> TILED =
      flag("tiled")
          .help(
              "",
              "Show the model overlapping windows of its own size, for pictures much larger than "
                  + "that, such as 2048x512.")
          .webUi("Tiled")
          .unlessGiven(false)
          .add();

  /** The picture to begin with. */
  public static final Setting<String> INIT_IMAGE =
      new Builder<>("init_image", Kind.TEXT, text -> text, JsonPrimitive::new)
          .help(
              "FILE", "Begin with this picture in place of noise. - reads it from standard input.")
          .names("-i", "--init-image")
          .ofStart()
          .add();

  /** The share of the steps that are made where a run begins with a picture. */
  public static final Setting<Double> STRENGTH =
      number("strength", new Bounds(0, Bounds.Least.EXCLUDED, 1))
          .help(
              "SHARE",
              "How much of the picture is painted anew, above 0 and up to 1. That share of the "
                  + "steps is made. The default is 0.75, and 1 with a mask.")
          .webUi("Denoising strength")
          .ofStart()
          .add();

  /**
   * How closely a model for instructions keeps to the picture (Brooks et al., arXiv 2211.09800).
   */
  public static final Setting<Double> IMAGE_GUIDANCE_SCALE =
      number("image_guidance_scale", 0, GREATEST_SCALE)
          .help(
              "SCALE",
              "How closely a model for instructions, such as InstructPix2Pix, keeps to the "
                  + "picture. Below 1 there is no guidance at all. The default is 1.5.")
          .webUi("Image CFG scale")
          .unlessGiven(1.5)
          .ofStart()
          .add();

  /** What of the picture is painted anew. */
  public static final Setting<String> MASK =
      new Builder<>("mask", Kind.TEXT, text -> text, JsonPrimitive::new)
          .help(
              "FILE",
              "Paint only where this picture is white. What is black stays as it is. In place of "
                  + "a file there may be alpha (the picture's transparent part), a colour of the "
                  + "picture such as '#ff00ff', or a rectangle LEFT,TOP,RIGHT,BOTTOM in pixels or "
                  + "shares.")
          .ofStart()
          .add();

  /** How soft the edge of the paste is. */
  public static final Setting<Double> MASK_BLUR =
      number("mask_blur", 0, Start.Inpaint.MOST_BLUR)
          .help("PIXELS", "How soft the edge of the painted part is. The default is 4.")
          .webUi("Mask blur")
          .ofStart()
          .add();

  /** The other way round. */
  public static final Setting<Boolean> INVERT_MASK =
      flag("invert_mask")
          .help("", "Paint where the mask is black, not where it is white.")
          .unlessGiven(false)
          .ofStart()
          .add();

  /** Whether the mask's greys count in the latents, too. */
  public static final Setting<Boolean> SOFT_MASK =
      flag("soft_mask")
          .help(
              "",
              "Let a grey of the mask be a share of the latents, as older inpainting of diffusers "
                  + "does. By default a grey of a half or more counts as white.")
          .unlessGiven(false)
          .ofStart()
          .add();

  /** Whether the rest of the picture is the original, pixel for pixel. */
  public static final Setting<Boolean> PASTE_BACK =
      flag("paste_back")
          .help(
              "",
              "Keep the original's pixels where the mask is black. This is the default. Without it "
                  + "the whole picture comes from the decoder, as diffusers gives it.")
          .unlessGiven(true)
          .ofStart()
          .add();

  /** How much of the surroundings the network sees where it sees the painted area alone. */
  public static final Setting<Integer> MASK_AREA =
      whole("mask_area", 0, LARGEST_SIDE)
          .help(
              "PADDING",
              "Let the model see only the masked area, in its full resolution, with so many pixels "
                  + "around. The result is laid back into the picture, which keeps its size.")
          .webUi("Masked area padding")
          .ofStart()
          .add();

  /** By how much the picture grows. */
  public static final Setting<Margins> OUTPAINT =
      new Builder<>(
              "outpaint",
              Kind.TEXT,
              Margins::parse,
              margins -> new JsonPrimitive(margins.toString()))
          .help(
              "LEFT,TOP,RIGHT,BOTTOM",
              "Make the picture larger at its sides by so many pixels, and paint the new part.")
          .ofStart()
          .add();

  /** How a picture of another shape is brought to the size. */
  public static final Setting<Fit> FIT =
      new Builder<>("fit", Kind.TEXT, named(Fit::named), fit -> new JsonPrimitive(fit.optionName()))
          .help(
              "HOW",
              "How a picture of another shape is brought to the size: stretch, crop or pad. The "
                  + "default is stretch.")
          .offers(Stream.of(Fit.values()).map(Fit::optionName))
          .unlessGiven(Fit.STRETCH)
          .ofStart()
          .add();

  /** How large the second pass is. */
  public static final Setting<HiresSize> HIRES =
      new Builder<>(
              "hires", Kind.WORD, HiresSize::parse, size -> new JsonPrimitive(size.toString()))
          .help(
              "FACTOR|WxH",
              "Paint at the given size, enlarge, and go over the picture once more: the "
                  + "high-resolution pass. The value is a factor, such as 2, or the larger size, "
                  + "such as 1024x1536.")
          .ofPasses()
          .add();

  /** How much of the enlarged picture is painted anew. */
  public static final Setting<Double> HIRES_STRENGTH =
      number("hires_strength", new Bounds(0, Bounds.Least.EXCLUDED, 1))
          .help(
              "SHARE",
              "How much of the enlarged picture is painted anew, above 0 and up to 1. The default "
                  + "is 0.5.")
          .unlessGiven(0.5)
          .needs(HIRES)
          .ofPasses()
          .add();

  /** The steps of the second pass. */
  public static final Setting<Integer> HIRES_STEPS =
      whole("hires_steps", 1, MOST_STEPS)
          .help(
              "COUNT",
              "How many steps the high-resolution pass makes, whatever its strength. The default "
                  + "is as many as --steps.")
          .webUi("Hires steps")
          .needs(HIRES)
          .ofPasses()
          .add();

  /** How the picture is enlarged between two passes. */
  public static final Setting<HiresUpscaler> HIRES_UPSCALER =
      new Builder<>(
              "hires_upscaler",
              Kind.TEXT,
              HiresUpscaler::parse,
              upscaler -> new JsonPrimitive(upscaler.toString()))
          .help(
              "NAME|FILE",
              "How the picture is enlarged: latent, lanczos, or an ESRGAN file. The default is "
                  + "latent.")
          .unlessGiven(HiresUpscaler.LATENT)
          .needs(HIRES)
          .ofPasses()
          .add();

  /** From where on the refiner goes on. */
  public static final Setting<Double> REFINER_START =
      number("refiner_start", new Bounds(0, Bounds.Least.EXCLUDED, 1))
          .help(
              "SHARE",
              "From which share of the way on the refiner of --refiner makes the steps, above 0 and "
                  + "up to 1, which is never. The default is 0.8.")
          .unlessGiven(0.8)
          .ofPasses()
          .add();

  /** Every setting, in the order in which JSON tells them. */
  public static final List<Setting<?>> ALL = Collections.unmodifiableList(TABLE);

  /** What a value looks like outside of the program. */
  public enum Kind {
    /** A text. */
    TEXT("a text"),
    /** A text that may look like a number. */
    WORD("a text or a number"),
    /** A number without a fraction. */
    WHOLE("a whole number"),
    /** Any finite number. */
    NUMBER("a number"),
    /** Yes or no. */
    FLAG("true or false");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    /**
     * The kind in words.
     *
     * @return such as {@code a whole number}
     */
    public String words() {
      return words;
    }
  }

  /** What a setting is about; the help has a section for each group. */
  public enum Group {
    /** The picture as such. */
    PICTURE,
    /** What a run begins with. */
    START,
    /** What follows the first pass. */
    PASSES
  }

  private final String key;
  private final Kind kind;
  private final Group group;
  private final Function<String, T> reader;
  private final Function<T, JsonPrimitive> writer;
  private final Consumer<T> check;
  private final Optional<T> unlessGiven;
  private final List<String> names;
  private final List<String> synonyms;
  private final List<String> lineNames;
  private final String label;
  private final String description;
  private final List<String> words;
  private final Optional<String> webUiName;
  private final Optional<Setting<?>> needs;

  private Setting(Builder<T> builder) {
    key = builder.key;
    kind = builder.kind;
    group = builder.group;
    reader = builder.reader;
    writer = builder.writer;
    check = builder.check;
    unlessGiven = builder.unlessGiven;
    names = builder.names.isEmpty() ? List.of(option(key)) : builder.names;
    synonyms = builder.synonyms;
    lineNames = builder.lineNames;
    label = builder.label;
    description = builder.description;
    words = builder.words;
    webUiName = builder.webUiName;
    needs = builder.needs;
  }

  /**
   * Finds a setting.
   *
   * @param key its key
   * @return the setting
   */
  public static Optional<Setting<?>> find(String key) {
    return TABLE.stream().filter(setting -> setting.key.equals(key)).findFirst();
  }

  /**
   * The name in JSON, recipes and batch lines.
   *
   * @return such as {@code guidance_scale}
   */
  public String key() {
    return key;
  }

  /**
   * What its values look like.
   *
   * @return the kind
   */
  public Kind kind() {
    return kind;
  }

  /**
   * What it is about.
   *
   * @return the group
   */
  public Group group() {
    return group;
  }

  /**
   * Another setting, without which this one means nothing.
   *
   * @return the setting, if there is one
   */
  public Optional<Setting<?>> needs() {
    return needs;
  }

  /**
   * The value of a picture for which nobody says anything, the model included. It goes without
   * saying: it is neither written down nor hashed, so that pictures keep the hash that they had
   * before there was this setting.
   *
   * @return the value; nothing where the model or the program always chooses one
   */
  public Optional<T> unlessGiven() {
    return unlessGiven;
  }

  /**
   * The names of its option.
   *
   * @return such as {@code -g} and {@code --guidance-scale}
   */
  public List<String> names() {
    return names;
  }

  /**
   * Other programs' names for it, which are understood but not shown.
   *
   * @return options
   */
  public List<String> synonyms() {
    return synonyms;
  }

  /**
   * All names in a line of options: also with underscores, and as AUTOMATIC1111's script has them.
   *
   * @return options
   */
  public List<String> lineNames() {
    List<String> all = new ArrayList<>(names);
    synonyms.stream().filter(name -> !all.contains(name)).forEach(all::add);
    String underscored = "--" + key;
    if (!all.contains(underscored)) {
      all.add(underscored);
    }
    all.addAll(lineNames);
    return all;
  }

  /**
   * What stands for its value in the help.
   *
   * @return such as {@code SCALE}
   */
  public String label() {
    return label;
  }

  /**
   * What the help says of it.
   *
   * @return sentences, of which the first can stand alone
   */
  public String description() {
    return description;
  }

  /**
   * The words that its values are made of.
   *
   * @return all of them; none where a value is a number, a file or any text
   */
  public List<String> words() {
    return words;
  }

  /**
   * The name in AUTOMATIC1111's text.
   *
   * @return such as {@code CFG scale}; nothing for what has a place of its own there, or none
   */
  public Optional<String> webUiName() {
    return webUiName;
  }

  /**
   * Reads a value.
   *
   * @param text as a person wrote it
   * @return the value
   * @throws InvalidRequestException if it makes no sense
   */
  public T parse(String text) {
    return reader.apply(text);
  }

  /**
   * Holds a value against its bounds.
   *
   * @param value the value
   * @return the same
   * @throws InvalidRequestException if it is out of bounds, and not the usual one
   */
  public T check(T value) {
    if (!unlessGiven.equals(Optional.of(value))) {
      check.accept(value);
    }
    return value;
  }

  /**
   * Writes a value.
   *
   * @param value the value
   * @return the same as a text, a number, or true or false
   */
  public JsonPrimitive write(T value) {
    return writer.apply(value);
  }

  @Override
  public String toString() {
    return key;
  }

  private static String option(String key) {
    return "--" + key.replace('_', '-');
  }

  // ---------------------------------------------------------------- kinds of values

  /**
   * Between what a number must be.
   *
   * @param from the least
   * @param least whether that is allowed itself
   * @param most the greatest that is allowed
   */
  private record Bounds(double from, Least least, double most) {
    /** Whether the least number is allowed itself. */
    private enum Least {
      INCLUDED,
      EXCLUDED
    }

    private void require(String key, BigDecimal number, String text) {
      int low = number.compareTo(BigDecimal.valueOf(from));
      if (low < 0
          || (low == 0 && least == Least.EXCLUDED)
          || number.compareTo(BigDecimal.valueOf(most)) > 0) {
        throw new InvalidRequestException(
            (least == Least.EXCLUDED
                    ? "%s must be above %s and at most %s, not %s"
                    : "%s must be %s to %s, not %s")
                .formatted(words(key), PlainNumber.of(from), PlainNumber.of(most), text.strip()));
      }
    }
  }

  private static Builder<Integer> whole(String key, int least, int most) {
    Bounds bounds = new Bounds(least, Bounds.Least.INCLUDED, most);
    return new Builder<Integer>(
            key,
            Kind.WHOLE,
            text -> {
              BigDecimal number = decimal(key, Kind.WHOLE, text);
              if (number.stripTrailingZeros().scale() > 0) {
                throw wrong(key, Kind.WHOLE, text);
              }
              bounds.require(key, number, text);
              return number.intValueExact();
            },
            JsonPrimitive::new)
        .checked(value -> bounds.require(key, new BigDecimal(value), "" + value));
  }

  private static Builder<Double> number(String key, double least, double most) {
    return number(key, new Bounds(least, Bounds.Least.INCLUDED, most));
  }

  private static Builder<Double> number(String key, Bounds bounds) {
    return new Builder<Double>(
            key,
            Kind.NUMBER,
            text -> {
              BigDecimal number = decimal(key, Kind.NUMBER, text);
              bounds.require(key, number, text);
              return number.doubleValue();
            },
            JsonPrimitive::new)
        .checked(
            value -> {
              BigDecimal number = decimal(key, Kind.NUMBER, "" + value);
              bounds.require(key, number, PlainNumber.of(value));
            });
  }

  private static Builder<Boolean> flag(String key) {
    return new Builder<>(
        key,
        Kind.FLAG,
        text -> {
          if (!text.equals("true") && !text.equals("false")) {
            throw wrong(key, Kind.FLAG, text);
          }
          return text.equals("true");
        },
        JsonPrimitive::new);
  }

  private static String words(String key) {
    return key.replace('_', ' ');
  }

  private static BigDecimal decimal(String key, Kind kind, String text) {
    return PlainNumber.parse(text).orElseThrow(() -> wrong(key, kind, text));
  }

  private static InvalidRequestException wrong(String key, Kind kind, String text) {
    String shown = OneLine.of(text.length() > 60 ? text.substring(0, 60) + "..." : text);
    return new InvalidRequestException(
        "%s must be %s, not '%s'".formatted(words(key), kind.words(), shown));
  }

  private static SamplerChoice sampler(String text) {
    return Setting.<SamplerChoice>named(SamplerChoice::named).apply(text);
  }

  private static <T> Function<String, T> named(Function<String, T> table) {
    return text -> {
      try {
        return table.apply(text);
      } catch (IllegalArgumentException e) {
        throw new InvalidRequestException(e.getMessage());
      }
    };
  }

  /** Collects what is to be said of a setting. */
  private static final class Builder<T> {
    private final String key;
    private final Kind kind;
    private final Function<String, T> reader;
    private final Function<T, JsonPrimitive> writer;
    private Consumer<T> check = value -> {};
    private Group group = Group.PICTURE;
    private Optional<T> unlessGiven = Optional.empty();
    private List<String> names = List.of();
    private List<String> synonyms = List.of();
    private List<String> lineNames = List.of();
    private String label = "";
    private String description = "";
    private List<String> words = List.of();
    private Optional<String> webUiName = Optional.empty();
    private Optional<Setting<?>> needs = Optional.empty();

    Builder(String key, Kind kind, Function<String, T> reader, Function<T, JsonPrimitive> writer) {
      this.key = key;
      this.kind = kind;
      this.reader = reader;
      this.writer = writer;
    }

    Builder<T> offers(Stream<String> words) {
      this.words = words.toList();
      return this;
    }

    Builder<T> help(String label, String description) {
      this.label = label;
      this.description = description;
      return this;
    }

    Builder<T> names(String... names) {
      this.names = List.of(names);
      return this;
    }

    Builder<T> synonyms(String... synonyms) {
      this.synonyms = List.of(synonyms);
      return this;
    }

    Builder<T> inLines(String... names) {
      this.lineNames = List.of(names);
      return this;
    }

    Builder<T> checked(Consumer<T> check) {
      this.check = check;
      return this;
    }

    Builder<T> ofStart() {
      this.group = Group.START;
      return this;
    }

    Builder<T> ofPasses() {
      this.group = Group.PASSES;
      return this;
    }

    Builder<T> needs(Setting<?> other) {
      this.needs = Optional.of(other);
      return this;
    }

    Builder<T> webUi(String name) {
      this.webUiName = Optional.of(name);
      return this;
    }

    Builder<T> unlessGiven(T value) {
      this.unlessGiven = Optional.of(value);
      return this;
    }

    Setting<T> add() {
      Setting<T> setting = new Setting<>(this);
      TABLE.add(setting);
      return setting;
    }
  }
}
