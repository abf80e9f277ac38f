package io.darkroom.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PredictionTest {
  private static SchedulerConfig parse(String json) {
    return SchedulerConfig.parse(
        JsonParser.parseString(json.replace('\'', '"')).getAsJsonObject(), "scheduler");
  }

  @Test
  void namesAreThoseOfTheCommandAndOfDiffusers() {
    assertEquals(Prediction.V, Prediction.named("V_prediction"));
    assertEquals(Prediction.V, Prediction.named("v"));
    assertEquals(Prediction.EPSILON, Prediction.named(" epsilon "));
    assertThrows(IllegalArgumentException.class, () -> Prediction.named("flow"));
  }

  @Test
  void onlyThePredictionChanges() {
    SchedulerConfig model = parse("{'beta_start': 0.25, 'prediction_type': 'epsilon'}");
    assertSame(model, model.with(Prediction.MODEL));
    SchedulerConfig velocity = model.with(Prediction.V);
    assertEquals(Optional.of(PredictionType.V_PREDICTION), velocity.predictionType());
    assertEquals(0.25, velocity.betaStart().orElseThrow());
    assertEquals(
        Optional.of(PredictionType.SAMPLE), model.with(Prediction.SAMPLE).predictionType());
    assertEquals(
        Optional.of(PredictionType.EPSILON), velocity.with(Prediction.EPSILON).predictionType());
  }

  @Test
  void edmIsTheModelsOwnOrThatOfThePaper() {
    SchedulerConfig own = parse("{'_class_name': 'EDMEulerScheduler', 'sigma_max': 100}");
    assertSame(own, own.with(Prediction.EDM));
    EdmConfig edm = parse("{'beta_start': 0.25}").with(Prediction.EDM).edm().orElseThrow();
    assertEquals(0.5, edm.sigmaData());
    assertEquals(80, edm.sigmaMax());
  }

  @Test
  void aModelOfEdmsCanBeTakenForOneOfTimesteps() {
    SchedulerConfig noise = parse("{'_class_name': 'EDMEulerScheduler'}").with(Prediction.EPSILON);
    assertTrue(noise.edm().isEmpty());
    try (Sampler sampler = SamplerKind.EULER.create(noise, 10, 0)) {
      assertEquals(999, sampler.timestep(0));
      assertEquals(14.6146, sampler.sigma(0), 1e-3);
    }
  }
}
