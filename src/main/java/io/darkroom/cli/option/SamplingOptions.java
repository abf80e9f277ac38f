package io.darkroom.cli.option;

import io.darkroom.request.Choices;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.PictureSize;
import io.darkroom.request.Setting;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/** What shapes a picture beside prompt and seed: an option for each {@link Setting}. */
@Command
public final class SamplingOptions {
  private static final String SIZE = "--size";

  /** The order of the help; what is not named follows as it stands in the table. */
  private static final List<Setting<?>> FIRST =
      List.of(
          Setting.NEGATIVE_PROMPT,
          Setting.STEPS,
          Setting.GUIDANCE_SCALE,
          Setting.SAMPLER,
          Setting.SCHEDULE,
          Setting.ETA,
          Setting.GUIDANCE_RESCALE,
          Setting.GUIDANCE_INTERVAL,
          Setting.DEEP_CACHE,
          Setting.CLIP_SKIP,
          Setting.PREDICTION,
          Setting.WIDTH,
          Setting.HEIGHT);

  private Choices choices = Choices.NONE;

  /** The option by which a setting was chosen. */
  private final Map<Setting<?>, String> chosenBy = new LinkedHashMap<>();

  private String contradiction = "";

  @Mixin private final CommandSpec pictureSpec = CommandSpec.create();
  @Mixin private final CommandSpec startSpec = CommandSpec.create();
  @Mixin private final CommandSpec passesSpec = CommandSpec.create();

  /** What an upscaler may be told. */
  private static final List<Setting<?>> OF_UPSCALER =
      List.of(
          Setting.NEGATIVE_PROMPT,
          Setting.STEPS,
          Setting.GUIDANCE_SCALE,
          Setting.SAMPLER,
          Setting.SCHEDULE,
          Setting.ETA,
          Setting.PROMPT_SYNTAX);

  /**
   * The options of a command that enlarges pictures.
   *
   * @return a few of all
   */
  public static SamplingOptions ofUpscaler() {
    return new SamplingOptions(OF_UPSCALER);
  }

  private SamplingOptions(List<Setting<?>> settings) {
    pictureSpec.usageMessage().optionListHeading("%nPicture:%n");
    settings.forEach(this::add);
  }

  /** Describes the options. */
  SamplingOptions() {
    pictureSpec.usageMessage().optionListHeading("%nPicture:%n");
    startSpec.usageMessage().optionListHeading("%nBeginning with a picture:%n");
    passesSpec.usageMessage().optionListHeading("%nFurther passes:%n");
    FIRST.forEach(this::add);
    pictureSpec.addOption(
        OptionSpec.builder(SIZE)
            .paramLabel("WxH")
            .description("Width and height in one, as in 512x768.")
            .arity("1")
            .type(String.class)
            .converters(SamplingOptions::checkedSize)
            .setter(setter(this::chooseSize))
            .build());
    Setting.ALL.stream().filter(setting -> !FIRST.contains(setting)).forEach(this::add);
  }

  /** {@return whether a picture is to come through standard input} */
  public boolean readsStandardInput() {
    return Stream.of(Setting.INIT_IMAGE, Setting.MASK)
        .anyMatch(setting -> choices.get(setting).filter("-"::equals).isPresent());
  }

  private void add(Setting<?> setting) {
    CommandSpec spec =
        switch (setting.group()) {
          case PICTURE -> pictureSpec;
          case START -> startSpec;
          case PASSES -> passesSpec;
        };
    spec.addOption(option(setting, setting.names()).hidden(false).build());
    List<String> others = new ArrayList<>(setting.lineNames());
    others.removeAll(setting.names());
    if (!others.isEmpty()) {
      spec.addOption(option(setting, others).hidden(true).build());
    }
  }

  private OptionSpec.Builder option(Setting<?> setting, List<String> names) {
    OptionSpec.Builder option =
        OptionSpec.builder(names.toArray(String[]::new)).description(setting.description());
    String name = names.get(names.size() - 1);
    if (setting.kind() == Setting.Kind.FLAG) {
      boolean usual = setting.unlessGiven().map(Boolean.TRUE::equals).orElse(false);
      return option
          .arity("0")
          .type(boolean.class)
          .negatable(usual)
          .setter(setter(text -> choose(setting, name, text)));
    }
    if (!setting.words().isEmpty()) {
      option.completionCandidates(setting.words());
    }
    return option
        .paramLabel(setting.label())
        .arity("1")
        .type(String.class)
        .converters(text -> checked(setting, text))
        .setter(setter(text -> choose(setting, name, text)));
  }

  /** picocli says of which option this is the value. */
  private static String checked(Setting<?> setting, String text) {
    try {
      setting.parse(text);
      return text;
    } catch (InvalidRequestException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  private static String checkedSize(String text) {
    try {
      PictureSize.parse(text);
      return text;
    } catch (InvalidRequestException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }

  private static ISetter setter(Consumer<String> choice) {
    return new ISetter() {
      @Override
      public <T> T set(T value) {
        if (value != null) {
          choice.accept(value.toString());
        }
        return value;
      }
    };
  }

  private void choose(Setting<?> setting, String option, String text) {
    boolean isUsualFlag =
        setting.kind() == Setting.Kind.FLAG
            && setting.unlessGiven().map(usual -> usual.toString().equals(text)).orElse(false);
    if (!isUsualFlag) {
      note(setting, option);
      choices = choices.withText(setting, text);
    }
  }

  private void chooseSize(String text) {
    note(Setting.WIDTH, SIZE);
    note(Setting.HEIGHT, SIZE);
    PictureSize size = PictureSize.parse(text);
    choices = choices.with(Setting.WIDTH, size.width()).with(Setting.HEIGHT, size.height());
  }

  private void note(Setting<?> setting, String option) {
    String other = chosenBy.put(setting, option);
    if (other != null && contradiction.isEmpty()) {
      contradiction = other + " and " + option + " set the same value; give one of them";
    }
  }

  /**
   * What the user chose.
   *
   * @return the choices
   * @throws InvalidRequestException if two options say the same
   */
  public Choices choices() {
    if (!contradiction.isEmpty()) {
      throw new InvalidRequestException(contradiction);
    }
    return choices;
  }
}
