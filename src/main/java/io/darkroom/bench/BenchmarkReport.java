package io.darkroom.bench;

import io.darkroom.runtime.AttentionTuner;
import io.darkroom.torchscript.Precision;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What was measured.
 *
 * @param model the model's name
 * @param weights where its weights are from
 * @param device such as {@code cpu} or {@code cuda:0}
 * @param threads how many threads a processor computes with; empty on a GPU
 * @param sampler of the loop
 * @param repeats how often each stage was timed
 * @param rates the device's, by the format of the arithmetic
 * @param loads how the model came into memory, one for each precision
 * @param attention how the U-Net's attention was computed, where there was a choice
 * @param merges how LoRAs were merged, one for each precision and number of LoRAs
 * @param cases the rows
 */
public record BenchmarkReport(
    String model,
    Origin weights,
    String device,
    OptionalInt threads,
    String sampler,
    int repeats,
    Map<Precision.Format, DeviceRates> rates,
    List<Load> loads,
    Set<AttentionTuner.Choice> attention,
    List<Merge> merges,
    List<Case> cases) {
  /** Where weights are from. */
  public enum Origin {
    /** A model's files. */
    FILE,
    /** Made in memory. */
    RANDOM
  }

  /**
   * How a model came into memory.
   *
   * @param dtype the precision
   * @param arithmetic the format that is computed in, which is another where the processor has no
   *     instructions for it
   * @param seconds to load it, or to make its weights
   * @param read the bare reading of the same files, if there are any
   * @param peakBytes the most host memory meanwhile, if it is known
   */
  public record Load(
      String dtype,
      Precision.Format arithmetic,
      double seconds,
      Optional<Read> read,
      OptionalLong peakBytes) {}

  /**
   * The bare reading of files that the operating system has in memory.
   *
   * @param bytes how large they are
   * @param seconds the time
   */
  public record Read(long bytes, double seconds) {}

  /**
   * How LoRAs were merged: text encoders and U-Net were loaded again, with their changes.
   *
   * @param dtype the precision
   * @param loras how many
   * @param rank of each
   * @param layers how many weights each of them changes
   * @param seconds the time
   * @param cost reading and writing all weights, and the products of the LoRAs' matrices
   */
  public record Merge(String dtype, int loras, int rank, int layers, Spread seconds, Counted cost) {
    /** How many times the floor it takes. */
    double overFloor(Map<Precision.Format, DeviceRates> rates) {
      return seconds.median() / cost.floor(rates);
    }
  }

  /**
   * One row.
   *
   * @param work what is measured
   * @param loras how many are merged into the weights
   * @param dtype the precision
   * @param evaluations how often the loop calls the U-Net
   * @param tokens how long the text is that the U-Net attends to
   * @param guided whether the U-Net sees each latent twice
   * @param seconds of each stage
   * @param outside the share of the loop's time that is not spent in the U-Net
   * @param memory after it
   * @param step a call of the U-Net
   * @param decoding the decoding of one picture
   */
  public record Case(
      Workload work,
      int loras,
      String dtype,
      int evaluations,
      long tokens,
      boolean guided,
      Seconds seconds,
      Spread outside,
      Memory memory,
      Counted step,
      Counted decoding) {
    /** How many times the floor a step takes. */
    double stepOverFloor(Map<Precision.Format, DeviceRates> rates) {
      return seconds.step().median() / step.floor(rates);
    }

    /** How many times the floor the decoding takes. */
    double decodingOverFloor(Map<Precision.Format, DeviceRates> rates) {
      return seconds.decode().median() / (work.pictures() * decoding.floor(rates));
    }
  }

  /**
   * The time of each stage, for a whole batch.
   *
   * @param encode the text encoders
   * @param embed what the U-Net computes once a picture
   * @param step a step of the loop, sampler and all
   * @param bareStep a call of the U-Net alone
   * @param decode latents to pictures
   * @param enlarge the latents of the pass before, by way of pixels, if the pass is the second
   */
  public record Seconds(
      Spread encode,
      Spread embed,
      Spread step,
      Spread bareStep,
      Spread decode,
      Optional<Spread> enlarge) {}

  /**
   * Memory, as far as it is known.
   *
   * @param hostPeak the most that was resident during the case, in bytes
   * @param hostResident what is resident after it, in bytes
   * @param device what is in use on the GPU after it, by whomever, in bytes
   */
  public record Memory(OptionalLong hostPeak, OptionalLong hostResident, OptionalLong device) {}

  /**
   * What a network costs and in which format it computes.
   *
   * @param cost counted in its graph
   * @param format of its arithmetic
   */
  public record Counted(NetworkCost cost, Precision.Format format) {
    double floor(Map<Precision.Format, DeviceRates> rates) {
      return cost.floor(rates.get(format));
    }
  }
}
