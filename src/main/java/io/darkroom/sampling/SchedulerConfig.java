package io.darkroom.sampling;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a model's {@code scheduler_config.json} says, checked. A key that is absent, or null, is an
 * empty value here: each sampler then takes the default of its own class in diffusers, whatever
 * class the file was written for. Keys that no sampler of ours reads are ignored, as diffusers
 * does.
 *
 * <p>Instances are immutable.
 */
public final class SchedulerConfig {
  private static final int MAX_TRAIN_TIMESTEPS = 10_000;

  /** The least beta by which 1 - beta still differs from 1 in float32. */
  private static final double MIN_BETA = 1e-7;

  private static final int MAX_QUOTED_LENGTH = 60;

  /** Diffusers' classes for EDM's noise process. */
  private static final Set<String> EDM_CLASSES =
      Set.of("EDMEulerScheduler", "EDMDPMSolverMultistepScheduler");

  /** What the names of diffusers' classes for flow matching begin with. */
  private static final String FLOW_MATCHING = "FlowMatch";

  private static final Set<Schedule> EDM_SCHEDULES =
      EnumSet.of(Schedule.MODEL, Schedule.KARRAS, Schedule.EXPONENTIAL);

  private final JsonObject json;
  private final String source;

  private SchedulerConfig(JsonObject json, String source) {
    this.json = json;
    this.source = source;
  }

  /**
   * Checks and takes over a configuration.
   *
   * @param json the file's content
   * @param source the file's name, for messages
   * @return the configuration
   * @throws ModelException if a value has the wrong type, is out of range or asks for something
   *     that Darkroom cannot do; the message names the source, the key and the value
   */
  public static SchedulerConfig parse(JsonObject json, String source) {
    SchedulerConfig config = new SchedulerConfig(json.deepCopy(), source);
    config.check();
    return config;
  }

  /**
   * Where the configuration was read.
   *
   * @return the file's name, for messages
   */
  public String source() {
    return source;
  }

  /**
   * The diffusers class the file was written for, such as {@code PNDMScheduler}.
   *
   * @return {@code _class_name}
   */
  public Optional<String> schedulerClass() {
    return value("_class_name").map(value -> string("_class_name", value));
  }

  /**
   * How many timesteps the model was trained on.
   *
   * @return {@code num_train_timesteps}, 2 to 10000
   */
  public OptionalInt trainTimesteps() {
    return integer("num_train_timesteps", 2, MAX_TRAIN_TIMESTEPS);
  }

  /**
   * The first timestep's beta.
   *
   * @return {@code beta_start}, above 0 and below 1
   */
  public OptionalDouble betaStart() {
    return beta("beta_start");
  }

  /**
   * The last timestep's beta.
   *
   * @return {@code beta_end}, above 0 and below 1
   */
  public OptionalDouble betaEnd() {
    return beta("beta_end");
  }

  /**
   * How the betas run from the first to the last.
   *
   * @return {@code beta_schedule}
   */
  public Optional<BetaSchedule> betaSchedule() {
    return choice("beta_schedule", BetaSchedule.values());
  }

  /**
   * All betas, in place of start, end and schedule.
   *
   * @return {@code trained_betas}: one for each timestep, each above 0 and below 1
   */
  public Optional<List<Double>> trainedBetas() {
    String key = "trained_betas";
    return list(key).map(elements -> elements.stream().map(element -> beta(key, element)).toList());
  }

  /**
   * What the model predicts.
   *
   * @return {@code prediction_type}
   */
  public Optional<PredictionType> predictionType() {
    return choice("prediction_type", PredictionType.values());
  }

  /**
   * Which timesteps a run visits.
   *
   * @return {@code timestep_spacing}
   */
  public Optional<TimestepSpacing> timestepSpacing() {
    return choice("timestep_spacing", TimestepSpacing.values());
  }

  /**
   * What leading spacing adds to each timestep.
   *
   * @return {@code steps_offset}, 0 or more
   */
  public OptionalInt stepsOffset() {
    return integer("steps_offset", 0, MAX_TRAIN_TIMESTEPS);
  }

  /**
   * Whether the last step ends at a clean image (alphasCumprod 1) rather than at timestep 0's.
   *
   * @return {@code set_alpha_to_one}
   */
  public Optional<Boolean> setAlphaToOne() {
    return flag("set_alpha_to_one");
  }

  /**
   * Whether the predicted clean latents are clipped at each step.
   *
   * @return {@code clip_sample}
   */
  public Optional<Boolean> clipSample() {
    return flag("clip_sample");
  }

  /**
   * Where they are clipped: at plus and minus this.
   *
   * @return {@code clip_sample_range}, above 0
   */
  public OptionalDouble clipSampleRange() {
    return positive("clip_sample_range");
  }

  /**
   * Whether the betas are rescaled to leave nothing of the image at the last timestep.
   *
   * @return {@code rescale_betas_zero_snr}
   */
  public Optional<Boolean> rescaleBetasZeroSnr() {
    return flag("rescale_betas_zero_snr");
  }

  /**
   * The variance of DDPM's noise.
   *
   * @return {@code variance_type}
   */
  public Optional<VarianceType> varianceType() {
    return choice("variance_type", VarianceType.values());
  }

  /**
   * The same configuration for a model that predicts something else. One of EDM's that is to know
   * the training's timesteps gets those that all Stable Diffusion models were trained with.
   *
   * @param prediction what it predicts
   * @return this, or a new configuration
   */
  public SchedulerConfig with(Prediction prediction) {
    if (prediction == Prediction.MODEL || (prediction == Prediction.EDM && edm().isPresent())) {
      return this;
    }
    if (prediction == Prediction.EDM) {
      JsonObject defaults = new JsonObject();
      defaults.addProperty("_class_name", "EDMEulerScheduler");
      return new SchedulerConfig(defaults, source);
    }
    JsonObject changed = json.deepCopy();
    if (edm().isPresent()) {
      changed.addProperty("_class_name", "EulerDiscreteScheduler");
      changed.addProperty("beta_start", 0.00085);
      changed.addProperty("beta_end", 0.012);
      changed.addProperty("beta_schedule", jsonName(BetaSchedule.SCALED_LINEAR));
    }
    changed.addProperty(
        "prediction_type",
        jsonName(
            switch (prediction) {
              case V -> PredictionType.V_PREDICTION;
              case SAMPLE -> PredictionType.SAMPLE;
              default -> PredictionType.EPSILON;
            }));
    return new SchedulerConfig(changed, source);
  }

  /**
   * The same configuration with another spacing.
   *
   * @param spacing in place of the one that the file says
   * @return a new configuration
   */
  SchedulerConfig with(TimestepSpacing spacing) {
    JsonObject changed = json.deepCopy();
    changed.addProperty("timestep_spacing", jsonName(spacing));
    return new SchedulerConfig(changed, source);
  }

  /**
   * Tells whether the model was trained on EDM's noise process, which knows no timesteps.
   *
   * @return whether it was
   */
  public boolean isEdm() {
    return edm().isPresent();
  }

  /**
   * EDM's noise process, where the model was trained on it: that of the classes {@code
   * EDMEulerScheduler} and {@code EDMDPMSolverMultistepScheduler}, with their defaults.
   *
   * @return its numbers; empty for a model that knows the training's timesteps
   */
  Optional<EdmConfig> edm() {
    if (schedulerClass().filter(EDM_CLASSES::contains).isEmpty()) {
      return Optional.empty();
    }
    EdmConfig edm =
        new EdmConfig(
            positive("sigma_min").orElse(0.002),
            positive("sigma_max").orElse(80),
            positive("sigma_data").orElse(0.5),
            positive("rho").orElse(7),
            choice("sigma_schedule", new Schedule[] {Schedule.KARRAS, Schedule.EXPONENTIAL})
                .orElse(Schedule.KARRAS),
            predictionType().orElse(PredictionType.EPSILON));
    if (edm.sigmaMin() >= edm.sigmaMax()) {
      throw new ModelException(
          "%s: sigma_min %s must be below sigma_max %s"
              .formatted(source, edm.sigmaMin(), edm.sigmaMax()));
    }
    if (edm.type() == PredictionType.SAMPLE) {
      throw refusal(
          "prediction_type",
          json.get("prediction_type"),
          "an EDM scheduler has epsilon or v_prediction");
    }
    return Optional.of(edm);
  }

  /**
   * Checks that the model's noise process knows a schedule.
   *
   * @param schedule any
   * @throws IllegalArgumentException if it does not know this one; the message lists those that it
   *     does
   */
  void requireSchedule(Schedule schedule) {
    if (edm().isPresent() && !EDM_SCHEDULES.contains(schedule)) {
      throw new IllegalArgumentException(
          "an EDM model has no schedule '%s'; use one of %s"
              .formatted(schedule.optionName(), Schedule.list(EDM_SCHEDULES)));
    }
  }

  /** Whether {@code use_karras_sigmas} is true. */
  boolean useKarrasSigmas() {
    return flag("use_karras_sigmas").orElse(false);
  }

  /** Whether {@code use_exponential_sigmas} is true. */
  boolean useExponentialSigmas() {
    return flag("use_exponential_sigmas").orElse(false);
  }

  /**
   * Refuses ways to spread sigmas that are not here.
   *
   * @throws ModelException if the configuration asks for one
   */
  void requireKnownSigmas() {
    for (String key : List.of("use_beta_sigmas", "use_lu_lambdas")) {
      if (flag(key).orElse(false)) {
        throw refusal(
            key, json.get(key), "Darkroom has no such noise levels; choose others with --schedule");
      }
    }
  }

  /**
   * Refuses to begin where only noise is left with a model that predicts it.
   *
   * @param alphaCumprod the image's share where a run begins
   * @throws ModelException if it is 0 and the model predicts epsilon
   */
  void requireImage(double alphaCumprod) {
    if (alphaCumprod == 0
        && predictionType().orElse(PredictionType.EPSILON) == PredictionType.EPSILON) {
      throw new ModelException(
          source
              + ": a zero-SNR schedule needs prediction_type v_prediction or sample, not epsilon");
    }
  }

  /** Where a run ends: {@code final_sigmas_type}. */
  Optional<FinalSigma> finalSigmasType() {
    return choice("final_sigmas_type", FinalSigma.values());
  }

  /**
   * Whether PNDM leaves Runge-Kutta steps out: {@code skip_prk_steps}, false where it is silent.
   */
  boolean skipPrkSteps() {
    return flag("skip_prk_steps").orElse(false);
  }

  /** DPM-Solver's variant, {@code algorithm_type}, such as {@code sde-dpmsolver++}. */
  Optional<String> algorithmType() {
    return value("algorithm_type").map(value -> string("algorithm_type", value));
  }

  /** The order of DPM-Solver and UniPC, {@code solver_order}, 1 to 3. */
  OptionalInt solverOrder() {
    return integer("solver_order", 1, MultistepSampler.MOST_ORDER);
  }

  /** The variant of their higher orders, {@code solver_type}, such as {@code midpoint}. */
  Optional<String> solverType() {
    return value("solver_type").map(value -> string("solver_type", value));
  }

  /** Whether they lower their order at the end: {@code lower_order_final}, true if not said. */
  boolean lowerOrderFinal() {
    return flag("lower_order_final").orElse(true);
  }

  /** Whether DPM-Solver's last step is always Euler's: {@code euler_at_final}. */
  boolean eulerAtFinal() {
    return flag("euler_at_final").orElse(false);
  }

  /** Whether UniPC works on the clean image: {@code predict_x0}, true if not said. */
  boolean predictX0() {
    return flag("predict_x0").orElse(true);
  }

  /** The steps that UniPC does not correct: {@code disable_corrector}. */
  Set<Integer> disableCorrector() {
    String key = "disable_corrector";
    return list(key).orElse(List.of()).stream()
        .map(element -> number(key, element).intValue())
        .collect(Collectors.toUnmodifiableSet());
  }

  /** How many steps a consistency model was distilled with: {@code original_inference_steps}. */
  OptionalInt originalInferenceSteps() {
    return integer("original_inference_steps", 1, MAX_TRAIN_TIMESTEPS);
  }

  /** What LCM multiplies timesteps by: {@code timestep_scaling}. */
  OptionalDouble timestepScaling() {
    String key = "timestep_scaling";
    return value(key).stream().mapToDouble(value -> number(key, value).doubleValue()).findFirst();
  }

  /** Reads every key once, so that a bad value is found when the model opens. */
  private void check() {
    requireDiffusion();
    edm();
    betaStart();
    betaEnd();
    betaSchedule();
    trainedBetas().ifPresent(this::checkCount);
    trainTimesteps();
    predictionType();
    timestepSpacing();
    stepsOffset();
    setAlphaToOne();
    clipSample();
    clipSampleRange();
    rescaleBetasZeroSnr();
    varianceType();
    useKarrasSigmas();
    useExponentialSigmas();
    finalSigmasType();
    skipPrkSteps();
    algorithmType();
    solverOrder();
    solverType();
    lowerOrderFinal();
    eulerAtFinal();
    predictX0();
    disableCorrector();
    originalInferenceSteps();
    timestepScaling();
    if (flag("thresholding").orElse(false)) {
      throw refusal(
          "thresholding",
          json.get("thresholding"),
          "Darkroom does not support dynamic thresholding, which is for models that work on"
              + " pixels");
    }
  }

  /** Better no picture than one of another noise process. */
  private void requireDiffusion() {
    boolean byClass = schedulerClass().filter(name -> name.startsWith(FLOW_MATCHING)).isPresent();
    boolean byKey =
        flag("use_flow_sigmas").orElse(false)
            || value("prediction_type")
                .filter(type -> string("prediction_type", type).equals("flow_prediction"))
                .isPresent();
    if (byClass || byKey) {
      throw new ModelException(
          ("%s: %s is a scheduler for flow matching (Stable Diffusion 3, FLUX), which Darkroom"
                  + " does not run")
              .formatted(source, OneLine.of(schedulerClass().orElse("this"))));
    }
    value("timestep_type")
        .filter(type -> !string("timestep_type", type).equals("discrete"))
        .ifPresent(
            type -> {
              throw refusal(
                  "timestep_type", type, "Darkroom runs discrete timesteps, or the EDM schedulers");
            });
  }

  private void checkCount(List<Double> betas) {
    int count = trainTimesteps().orElse(betas.size());
    if (betas.size() != count || count < 2) {
      throw new ModelException(
          "%s: trained_betas has %d values, but there are %d timesteps (num_train_timesteps)"
              .formatted(source, betas.size(), Math.max(count, 2)));
    }
  }

  private Optional<JsonElement> value(String key) {
    return Optional.ofNullable(json.get(key)).filter(value -> !value.isJsonNull());
  }

  private Optional<List<JsonElement>> list(String key) {
    return value(key)
        .map(
            value -> {
              if (value instanceof JsonArray array) {
                return array.asList();
              }
              throw refusal(key, value, "it must be a list of numbers");
            });
  }

  private OptionalInt integer(String key, int min, int max) {
    return value(key).stream()
        .mapToInt(
            value -> {
              BigDecimal number = number(key, value);
              if (number.compareTo(BigDecimal.valueOf(min)) < 0
                  || number.compareTo(BigDecimal.valueOf(max)) > 0
                  || number.remainder(BigDecimal.ONE).signum() != 0) {
                throw refusal(
                    key, value, "it must be a whole number from %d to %d".formatted(min, max));
              }
              return number.intValue();
            })
        .findFirst();
  }

  private OptionalDouble positive(String key) {
    return value(key).stream()
        .mapToDouble(
            value -> {
              double number = number(key, value).doubleValue();
              if (!(number > 0) || Double.isInfinite(number)) {
                throw refusal(key, value, "it must be a number above 0");
              }
              return number;
            })
        .findFirst();
  }

  private OptionalDouble beta(String key) {
    return value(key).stream().mapToDouble(value -> beta(key, value)).findFirst();
  }

  private double beta(String key, JsonElement value) {
    double beta = number(key, value).doubleValue();
    if (beta < MIN_BETA || beta >= 1) {
      throw refusal(key, value, "a beta must be at least 1e-7 and below 1");
    }
    return beta;
  }

  private Optional<Boolean> flag(String key) {
    return value(key)
        .map(
            value -> {
              if (value instanceof JsonPrimitive primitive && primitive.isBoolean()) {
                return primitive.getAsBoolean();
              }
              throw refusal(key, value, "it must be true or false");
            });
  }

  /** Finds the constant whose name in lower case is the key's value. */
  private <E extends Enum<E>> Optional<E> choice(String key, E[] constants) {
    return value(key)
        .map(
            value -> {
              String name = string(key, value);
              return Arrays.stream(constants)
                  .filter(constant -> jsonName(constant).equals(name))
                  .findFirst()
                  .orElseThrow(() -> refusal(key, value, "Darkroom knows " + names(constants)));
            });
  }

  private static String names(Enum<?>[] constants) {
    return Arrays.stream(constants)
        .map(SchedulerConfig::jsonName)
        .collect(Collectors.joining(", "));
  }

  private static String jsonName(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private String string(String key, JsonElement value) {
    if (value instanceof JsonPrimitive primitive && primitive.isString()) {
      return primitive.getAsString();
    }
    throw refusal(key, value, "it must be a string");
  }

  private BigDecimal number(String key, JsonElement value) {
    if (value instanceof JsonPrimitive primitive && primitive.isNumber()) {
      try {
        return primitive.getAsBigDecimal();
      } catch (NumberFormatException e) {
        // NaN and the infinities, which Python writes into JSON, and exponents beyond all measure.
        throw refusal(key, value, "it must be a finite number");
      }
    }
    throw refusal(key, value, "it must be a number");
  }

  private ModelException refusal(String key, JsonElement value, String remedy) {
    String quoted = value.toString();
    if (quoted.length() > MAX_QUOTED_LENGTH) {
      quoted = quoted.substring(0, MAX_QUOTED_LENGTH) + "...";
    }
    return new ModelException("%s: %s is %s; %s".formatted(source, key, quoted, remedy));
  }
}
