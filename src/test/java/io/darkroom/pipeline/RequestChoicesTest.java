package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.darkroom.testing.Requests;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RequestChoicesTest {
  private static final RequestChoices LINE =
      new RequestChoices(
          Optional.empty(),
          Optional.of(3),
          Optional.empty(),
          Optional.of("ddpm"),
          Optional.empty(),
          Optional.of(64),
          Optional.empty());
  private static final RequestChoices COMMAND =
      new RequestChoices(
          Optional.of("fog"),
          Optional.of(9),
          Optional.of(2.5),
          Optional.empty(),
          Optional.of(0.5),
          Optional.empty(),
          Optional.empty());

  @Test
  void theFirstChoiceCountsThenTheSecondThenTheModels() {
    PictureSettings model = Requests.settings(512, 768, 50, 7.5, "ddim", 0);

    ImageRequest request = LINE.orElse(COMMAND).request("a boat", 7, model);

    assertEquals(Requests.of("a boat", "fog", 7, 64, 768, 3, 2.5, "ddpm", 0.5), request);
    assertEquals(model.request("a boat", 7), RequestChoices.NONE.request("a boat", 7, model));
  }

  @Test
  void nonsenseIsFoundWithoutAModel() {
    RequestChoices none = RequestChoices.NONE;
    none.check();
    RequestChoices bad =
        new RequestChoices(
            none.negativePrompt(),
            Optional.of(0),
            none.guidanceScale(),
            none.sampler(),
            none.eta(),
            none.width(),
            none.height());
    assertThrows(InvalidRequestException.class, bad::check);
  }

  @Test
  void aModelMayWishForAScheduleByTheSamplersName() {
    PictureSettings plain = Requests.settings(64, 64, 3, 7.5, "dpm++2m", 0);
    PictureSettings model = Requests.settings(plain, "karras", 0, 0);
    assertEquals("karras", RequestChoices.NONE.request("x", 1, model).settings().schedule());
    RequestChoices other =
        new RequestChoices(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of("euler"),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    assertEquals("model", other.request("x", 1, model).settings().schedule());
  }
}
