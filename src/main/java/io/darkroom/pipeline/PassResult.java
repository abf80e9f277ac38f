package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * What a pass leaves to the next one.
 *
 * @param latents float32 {@code [batch, channels, height, width]}; clean, or with noise left
 * @param hooks what changed them after each step
 */
record PassResult(NDArray latents, List<StepHook> hooks) {}
