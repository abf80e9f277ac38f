package io.darkroom.pipeline;

import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.util.NDImageUtils;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.darkroom.image.Fit;
import io.darkroom.image.RgbImage;
import io.darkroom.request.HiresUpscaler;
import io.darkroom.request.Setting;
import java.util.List;

/**
 * Brings the clean latents of a pass to the size of the next one. Where the shapes differ, they are
 * enlarged until they cover the size, and what sticks out is cut off on two sides, as in
 * AUTOMATIC1111's web UI.
 *
 * @param decoder makes pictures of latents
 * @param encoder makes latents of pictures
 * @param compute where and in which precision an upscaler's network runs
 * @see <a
 *     href="https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/master/modules/processing.py">the
 *     reference, {@code sample_hr_pass}</a>
 */
record LatentEnlarger(LatentDecoder decoder, LatentEncoder encoder, ComputeOptions compute) {
  /**
   * Enlarges.
   *
   * @param latents of the pass before, float32 {@code [batch, C, h, w]}; still the caller's
   * @param next the pass to come, which tells how
   * @param noise of the next pass's size; asked where pictures are encoded
   * @param listener hears of what takes time or memory
   * @param scratch owns the result
   * @return clean latents of the next pass's size
   * @throws BrokenPictureException if a picture is not made of numbers
   */
  NDArray enlarge(
      NDArray latents,
      DenoisingPass next,
      SeededNoise noise,
      PipelineListener listener,
      NDManager scratch) {
    HiresUpscaler upscaler = next.settings().get(Setting.HIRES_UPSCALER).orElseThrow();
    if (upscaler instanceof HiresUpscaler.Latents) {
      Shape wanted = noise.shape();
      NDArray enlarged = bilinear(latents, wanted.get(2), wanted.get(3));
      enlarged.attach(scratch);
      return enlarged;
    }
    int width = next.settings().width();
    int height = next.settings().height();
    List<RgbImage> pictures =
        upscaled(decoder.decode(latents, next.padding(), listener), upscaler, listener).stream()
            .map(picture -> Fit.CROP.apply(picture, width, height))
            .toList();
    return encoded(pictures, next, noise, listener, scratch);
  }

  /** A network is loaded for a batch and no longer: the memory is another one's for the steps. */
  private List<RgbImage> upscaled(
      List<RgbImage> pictures, HiresUpscaler upscaler, PipelineListener listener) {
    if (upscaler.network().isEmpty()) {
      return pictures;
    }
    try (PictureUpscaler network = PictureUpscaler.open(upscaler.network().get().file(), compute)) {
      PipelineListener tiles = new TileListener(listener);
      return pictures.stream().map(picture -> network.upscale(picture, tiles)).toList();
    }
  }

  /** Tiles are no steps of the sampler, but they take time. */
  private record TileListener(PipelineListener whole) implements ForwardingListener {
    @Override
    public void onStep(int step, int steps) {
      whole.onWork();
    }
  }

  /**
   * Bilinear interpolation with the pixels' centres in place and no smoothing before: PyTorch's
   * {@code interpolate} with {@code mode="bilinear"} and neither {@code align_corners} nor {@code
   * antialias}. It covers the size; what sticks out is cut off on two sides.
   *
   * @param latents float32 {@code [batch, C, h, w]}
   * @param height of the result
   * @param width of the result
   * @return float32 {@code [batch, C, height, width]}
   */
  static NDArray bilinear(NDArray latents, long height, long width) {
    long ownHeight = latents.getShape().get(2);
    long ownWidth = latents.getShape().get(3);
    boolean isWider = width * ownHeight > height * ownWidth; // than the latents are
    long coverHeight = isWider ? width * ownHeight / ownWidth : height;
    long coverWidth = isWider ? width : height * ownWidth / ownHeight;
    long top = (coverHeight - height) / 2;
    long left = (coverWidth - width) / 2;
    try (NDArray channelsLast = latents.transpose(0, 2, 3, 1);
        NDArray resized =
            NDImageUtils.resize(
                channelsLast, (int) coverWidth, (int) coverHeight, Image.Interpolation.BILINEAR);
        NDArray channelsFirst = resized.transpose(0, 3, 1, 2)) {
      return channelsFirst.get(
          new NDIndex(":, :, {}:{}, {}:{}", top, top + height, left, left + width));
    }
  }

  /** Each picture's posterior is sampled with its own noise. */
  private NDArray encoded(
      List<RgbImage> pictures,
      DenoisingPass next,
      SeededNoise noise,
      PipelineListener listener,
      NDManager scratch) {
    try (LatentEncoder.Session session = encoder.open(next.padding(), listener);
        NDArray drawn = noise.next()) {
      NDList latents = new NDList();
      for (int i = 0; i < pictures.size(); i++) {
        try (NDArray input = LatentEncoder.input(pictures.get(i), scratch);
            NDArray own = drawn.get(i + ":" + (i + 1))) {
          latents.add(session.sample(input, own));
        }
      }
      try (latents) {
        NDArray all = NDArrays.concat(latents, 0);
        all.attach(scratch);
        return all;
      }
    }
  }
}
