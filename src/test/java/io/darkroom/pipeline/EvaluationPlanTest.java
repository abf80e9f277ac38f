package io.darkroom.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.darkroom.pipeline.EvaluationPlan.Evaluation;
import io.darkroom.request.PictureSettings;
import io.darkroom.testing.Requests;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvaluationPlanTest {
  private static final double[] SIGMAS = {14.6, 7, 3, 1, 0.5, 0.2, 0.1, 0.03};

  /** Letters as in the table: computed, kept, reused; capitals with guidance. */
  @ParameterizedTest
  @CsvSource({
    // interval, deep cache, two branches, plan
    ":, 1, true, CCCCCCCC",
    ":, 1, false, cccccccc",
    ":, 2, true, KRKRKRKR",
    ":, 3, true, KRRKRRKR",
    ":, 3, false, krrkrrkr",
    ":, 7, true, KRRRRRRC",
    ":, 100, true, KRRRRRRR",
    "0.3:5.5, 1, true, ccCCCccc",
    "0.3:5.5, 1, false, cccccccc",
    "0.3:5.5, 2, true, krKRCkrc",
    "0.3:5.5, 100, true, krKRRkrr",
    "10:, 3, true, Ckrrkrrc",
    "20:, 1, true, cccccccc"
  })
  void isMade(String interval, int deepCache, boolean branches, String expected) {
    PictureSettings settings =
        Requests.settings(
            Requests.settings(64, 64, SIGMAS.length, 7.5, "ddim", 0), interval, deepCache);
    EvaluationPlan plan = EvaluationPlan.of(settings, branches, 0, SIGMAS.length, i -> SIGMAS[i]);
    String letters =
        plan.evaluations().stream().map(EvaluationPlanTest::letter).collect(Collectors.joining());
    assertEquals(expected, letters);
    assertEquals(letters.chars().anyMatch(Character::isUpperCase), plan.hasGuided());
    assertEquals(letters.chars().anyMatch(Character::isLowerCase), plan.hasUnguided());
    // Nothing is kept for nobody, and nothing reused that was found otherwise.
    assertFalse(letters.matches(".*([Kk]$|[Kk][^Rr]).*"), letters);
    assertFalse(letters.matches(".*(^|[^KR])R.*|.*(^|[^kr])r.*"), letters);
    assertEquals(SIGMAS.length, letters.length());
  }

  private static String letter(Evaluation evaluation) {
    String letter =
        switch (evaluation.deepLayers()) {
          case COMPUTED -> "c";
          case KEPT -> "k";
          case REUSED -> "r";
        };
    return evaluation.guided() ? letter.toUpperCase(java.util.Locale.ROOT) : letter;
  }
}
