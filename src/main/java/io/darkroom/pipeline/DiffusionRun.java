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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The way of a batch from prompts to pictures, as in figure 3 of Rombach et al., arXiv 2112.10752:
 * text encoder, U-Net and sampler step by step, decoder.
 *
 * @param networks the model's
 * @param checks make the pass
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
    Denoiser denoiser = networks.denoiser(); // first: it tells whether weights are loaded
    MemoryPlan memory = networks.memory();
    PictureSettings settings = requests.get(0).settings();
    memory.requireRoom(settings, listener::onWarning);
    networks.useThreadsFor(settings);
    try (NDManager scratch = networks.newScratch();
        DenoisingPass pass = checks.pass(requests.get(0))) {
      long start = System.nanoTime();
      UNetConditioning conditioning =
          networks.promptEncoder().embed(requests, listener::onWarning, scratch);
      networks.embeddings().takeWarnings().forEach(listener::onWarning);
      memory.makeRoomForDenoising(settings, requests.size(), listener::onWarning);
      long encoded = System.nanoTime();
      NDArray latents =
          denoiser.denoise(pass, PictureSeeds.of(requests), conditioning, listener, scratch);
      long denoised = System.nanoTime();
      memory.makeRoomForDecoding(settings, listener::onWarning);
      List<RgbImage> images = networks.decoder().decode(latents, pass.padding(), listener);
      long decoded = System.nanoTime();
      RenderedImage.Seconds seconds =
          new RenderedImage.Seconds(
              share(start, encoded, requests),
              share(encoded, denoised, requests),
              share(denoised, decoded, requests));
      List<RenderedImage> rendered = new ArrayList<>();
      for (int i = 0; i < requests.size(); i++) {
        ImageRequest request = requests.get(i);
        rendered.add(new RenderedImage(request, PasteBack.of(request, images.get(i)), seconds));
      }
      return rendered;
    } catch (EngineException e) {
      throw EngineMemory.explained(e, memory.tooMuch(settings, requests.size()));
    }
  }

  private static double share(long from, long to, List<ImageRequest> requests) {
    return (to - from) / 1e9 / requests.size();
  }
}
