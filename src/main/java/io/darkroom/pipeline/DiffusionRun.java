package io.darkroom.pipeline;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.conditioning.UNetConditioning;
import io.darkroom.image.RgbImage;
import io.darkroom.request.ImageRequest;
import io.darkroom.request.PictureSettings;
import io.darkroom.runtime.EngineMemory;
import io.darkroom.runtime.OutOfMemoryException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The way of a batch from prompts to pictures, as in figure 3 of Rombach et al., arXiv 2112.10752:
 * text encoder, U-Net and sampler step by step, decoder. There may be several passes of steps, one
 * after another.
 *
 * @param networks the model's
 * @param checks plan the passes
 * @param listener hears of each step, and may end the work by an exception
 */
record DiffusionRun(ModelNetworks networks, RequestChecks checks, PipelineListener listener) {
  /**
   * Paints pictures. Those whose texts have the same number of chunks go through the U-Net
   * together: a picture must not depend on the length of its neighbours' texts.
   *
   * @param requests checked requests that share a batch
   * @return the pictures, in the order of the requests
   * @throws OutOfMemoryException if the memory does not suffice
   * @throws BrokenPictureException if a picture is not made of numbers, even in float32
   */
  List<RenderedImage> paint(List<ImageRequest> requests) {
    Map<Integer, List<Integer>> groups = new LinkedHashMap<>();
    for (int i = 0; i < requests.size(); i++) {
      groups
          .computeIfAbsent(
              networks.promptEncoder().chunks(requests.get(i)), chunks -> new ArrayList<>())
          .add(i);
    }
    RenderedImage[] rendered = new RenderedImage[requests.size()];
    int group = 0;
    for (List<Integer> places : groups.values()) {
      PipelineListener part =
          groups.size() == 1 ? listener : new PartListener(listener, group++, groups.size());
      List<RenderedImage> pictures =
          new DiffusionRun(networks, checks, part)
              .paintTogether(places.stream().map(requests::get).toList());
      for (int i = 0; i < pictures.size(); i++) {
        rendered[places.get(i)] = pictures.get(i);
      }
    }
    return List.of(rendered);
  }

  private List<RenderedImage> paintTogether(List<ImageRequest> requests) {
    networks.denoiser(); // first: it tells whether weights are loaded
    try (PassPlan plan = checks.plan(requests.get(0))) {
      PictureSettings largest = plan.last().settings();
      networks.memory().requireRoom(largest, listener::onWarning);
      try (NDManager scratch = networks.newScratch()) {
        return new Batch(requests, plan, scratch).pictures();
      } catch (EngineException e) {
        throw EngineMemory.explained(e, networks.memory().tooMuch(largest, requests.size()));
      }
    }
  }

  /** What takes the time. */
  private enum Stage {
    ENCODE,
    DENOISE,
    DECODE
  }

  /** Pictures that go through the U-Net together. */
  private final class Batch {
    private final List<ImageRequest> requests;
    private final PassPlan plan;
    private final NDManager scratch;
    private final Map<Stage, Long> nanos = new EnumMap<>(Stage.class);
    private long lap = System.nanoTime();

    Batch(List<ImageRequest> requests, PassPlan plan, NDManager scratch) {
      this.requests = requests;
      this.plan = plan;
      this.scratch = scratch;
    }

    List<RenderedImage> pictures() {
      NDArray latents = lastResult().latents();
      networks.memory().makeRoomForDecoding(plan.last().settings(), listener::onWarning);
      List<RgbImage> images = networks.decoder().decode(latents, plan.last().padding(), listener);
      spent(Stage.DECODE);
      RenderedImage.Seconds seconds =
          new RenderedImage.Seconds(share(Stage.ENCODE), share(Stage.DENOISE), share(Stage.DECODE));
      List<RenderedImage> rendered = new ArrayList<>();
      for (int i = 0; i < requests.size(); i++) {
        ImageRequest request = requests.get(i);
        rendered.add(new RenderedImage(request, PasteBack.of(request, images.get(i)), seconds));
      }
      return rendered;
    }

    /** Makes the passes; each begins with what the one before it left. */
    private PassResult lastResult() {
      Denoiser denoiser = networks.denoiser();
      PictureSeeds seeds = PictureSeeds.of(requests);
      List<PipelineListener> listeners =
          plan.listeners(listener, pass -> networks.denoiser(pass.model()).cost(pass));
      Optional<PassResult> before = Optional.empty();
      try (SeededNoise generators = denoiser.noise(seeds, plan.first(), scratch)) {
        for (int i = 0; i < plan.passes().size(); i++) {
          DenoisingPass pass = plan.passes().get(i);
          try (SeededNoise noise = denoiser.resized(generators, pass)) {
            before = Optional.of(result(pass, before, noise, listeners.get(i)));
          }
        }
      }
      return before.orElseThrow();
    }

    private PassResult result(
        DenoisingPass pass,
        Optional<PassResult> before,
        SeededNoise noise,
        PipelineListener passListener) {
      networks.useThreadsFor(pass.settings());
      networks.enter(pass.model());
      UNetConditioning conditioning = conditioning(pass);
      spent(Stage.ENCODE);
      boolean isEnlarged = pass.beginning() == DenoisingPass.Beginning.ENLARGED;
      Optional<PassResult> begun =
          isEnlarged ? before.map(small -> enlarged(small, pass, noise)) : before;
      networks.memory().makeRoomForDenoising(pass.settings(), requests.size(), listener::onWarning);
      PassResult result =
          networks
              .denoiser(pass.model())
              .denoise(pass, begun, noise, conditioning, passListener, scratch);
      if (isEnlarged) {
        begun.map(PassResult::latents).ifPresent(NDArray::close);
      }
      spent(Stage.DENOISE);
      return result;
    }

    /** The size of a pass is part of what some models are told. */
    private UNetConditioning conditioning(DenoisingPass pass) {
      Consumer<String> warnings =
          pass.beginning() == DenoisingPass.Beginning.START
              ? listener::onWarning
              : warning -> {}; // said once
      UNetConditioning conditioning =
          networks
              .promptEncoder(pass.model())
              .embed(
                  requests.stream().map(request -> request.withSettings(pass.settings())).toList(),
                  warnings,
                  scratch);
      networks.embeddings().takeWarnings().forEach(listener::onWarning);
      return conditioning;
    }

    private PassResult enlarged(PassResult before, DenoisingPass pass, SeededNoise noise) {
      networks.memory().makeRoomForDecoding(plan.first().settings(), listener::onWarning);
      try (NDArray small = before.latents()) {
        NDArray large = networks.enlarger().enlarge(small, pass, noise, listener, scratch);
        networks.useThreadsFor(pass.settings()); // a network that enlarges has its own number
        return new PassResult(large, List.of());
      }
    }

    private void spent(Stage stage) {
      long now = System.nanoTime();
      nanos.merge(stage, now - lap, Long::sum);
      lap = now;
    }

    private double share(Stage stage) {
      return nanos.get(stage) / 1e9 / requests.size();
    }
  }
}
