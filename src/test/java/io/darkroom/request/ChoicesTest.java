package io.darkroom.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.sampling.Schedule;
import io.darkroom.testing.Requests;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChoicesTest {
  private static final Choices LINE =
      Choices.NONE.with(Setting.STEPS, 3).withText(Setting.SAMPLER, "ddpm").with(Setting.WIDTH, 64);
  private static final Choices COMMAND =
      Choices.NONE
          .with(Setting.NEGATIVE_PROMPT, "fog")
          .with(Setting.STEPS, 9)
          .with(Setting.GUIDANCE_SCALE, 2.5)
          .with(Setting.ETA, 0.5);

  private static ImageRequest request(Choices choices, PictureSettings model) {
    return choices.request("a boat", 7, model, Start.NOISE);
  }

  @Test
  void theFirstChoiceCountsThenTheSecondThenTheModels() {
    PictureSettings model = Requests.settings(512, 768, 50, 7.5, "ddim", 0);
    assertEquals(
        Requests.of("a boat", "fog", 7, 64, 768, 3, 2.5, "ddpm", 0.5),
        request(LINE.orElse(COMMAND), model));
    assertEquals(model.request("a boat", 7), request(Choices.NONE, model));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "steps|0|steps must be 1 to 10000, not 0",
        "steps|2.5|steps must be a whole number, not '2.5'",
        "steps|x|steps must be a whole number, not 'x'",
        "width|100000|width must be 1 to 65536, not 100000",
        "guidance_scale|1e39|guidance scale must be 0 to 1000, not 1e39",
        "guidance_scale|1e999999999|guidance scale must be a number, not '1e999999999'",
        "guidance_scale|NaN|guidance scale must be a number, not 'NaN'",
        "eta|1.5|eta must be 0 to 1, not 1.5",
        "clip_skip|0|clip skip must be 1 to 10000, not 0",
        "deep_cache|-1|deep cache must be 1 to 10000, not -1",
        "invert_mask|yes|invert mask must be true or false, not 'yes'",
        "mask_blur|65|mask blur must be 0 to 64, not 65",
      })
  void nonsenseIsTold(String key, String text, String message) {
    Setting<?> setting = Setting.find(key).orElseThrow();
    InvalidRequestException e =
        assertThrows(InvalidRequestException.class, () -> Choices.NONE.withText(setting, text));
    assertEquals(message, e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "steps, 20",
    "width, 512",
    "guidance_scale, 7.5",
    "sampler, euler-a",
    "schedule, karras",
    "guidance_interval, 0.3:5.5",
    "prompt_syntax, plain",
    "prediction, v",
    "fit, crop",
    "paste_back, false",
    "strength, 0.4",
    "negative_prompt, fog"
  })
  void whatIsWrittenIsReadAgain(String key, String text) {
    assertEquals(text, roundTrip(Setting.find(key).orElseThrow(), text));
  }

  private static <T> String roundTrip(Setting<T> setting, String text) {
    T value = setting.parse(text);
    assertEquals(value, setting.parse(setting.write(value).getAsString()));
    return setting.write(value).getAsString();
  }

  @Test
  void aModelMayWishForAScheduleByTheSamplersName() {
    PictureSettings plain = Requests.settings(64, 64, 3, 7.5, "dpm++2m", 0);
    PictureSettings model = Requests.settings(plain, "karras", 0, 0);
    assertEquals(Schedule.KARRAS, request(Choices.NONE, model).settings().schedule());
    Choices other = Choices.NONE.withText(Setting.SAMPLER, "euler");
    assertEquals(Schedule.MODEL, request(other, model).settings().schedule());
    Choices both = Choices.NONE.withText(Setting.SAMPLER, "DPM++ 2M Karras");
    assertEquals(Schedule.KARRAS, request(both, plain).settings().schedule());
    assertEquals(
        Schedule.EXPONENTIAL,
        request(both.with(Setting.SCHEDULE, Schedule.EXPONENTIAL), plain).settings().schedule());
  }

  @Test
  void aSamplerCannotFollowEverySchedule() {
    Choices choices =
        Choices.NONE.withText(Setting.SAMPLER, "ddim").withText(Setting.SCHEDULE, "karras");
    assertThrows(InvalidRequestException.class, choices::check);
  }

  /** Who says what goes without saying says nothing. */
  @Test
  void usualValuesMakeNoDifference() {
    PictureSettings plain = Requests.settings(64, 64, 3, 7.5, "ddim", 0);
    PictureSettings said =
        plain
            .with(Setting.DEEP_CACHE, 1)
            .with(Setting.SCHEDULE, Schedule.MODEL)
            .with(Setting.GUIDANCE_RESCALE, 0.0);
    assertEquals(plain, said);
    assertEquals(plain.hashCode(), said.hashCode());
    assertTrue(said.goesWithoutSaying(Setting.DEEP_CACHE));
    assertFalse(said.with(Setting.DEEP_CACHE, 2).goesWithoutSaying(Setting.DEEP_CACHE));
    assertFalse(said.goesWithoutSaying(Setting.STEPS));
  }

  /** Where there is no guidance its interval says nothing. */
  @Test
  void anIntervalCountsWithGuidanceAlone() {
    PictureSettings limited =
        Requests.settings(Requests.settings(64, 64, 3, 7.5, "ddim", 0), "0.3:5.5", 1);
    assertFalse(limited.goesWithoutSaying(Setting.GUIDANCE_INTERVAL));
    assertTrue(
        limited.with(Setting.GUIDANCE_SCALE, 1.0).goesWithoutSaying(Setting.GUIDANCE_INTERVAL));
  }

  @Test
  void keysAndOptionsAreUnique() {
    assertEquals(Setting.ALL.size(), Setting.ALL.stream().map(Setting::key).distinct().count());
    assertEquals(
        Setting.ALL.stream().mapToInt(setting -> setting.lineNames().size()).sum(),
        Setting.ALL.stream().flatMap(setting -> setting.lineNames().stream()).distinct().count());
    assertEquals(Optional.empty(), Setting.find("nonsense"));
  }
}
