package io.darkroom.cli;

import io.darkroom.image.GenerationParameters;
import io.darkroom.image.Png;
import io.darkroom.pipeline.ImageRequest;
import io.darkroom.pipeline.RenderedImage;
import io.darkroom.pipeline.TextToImage;
import io.darkroom.sampling.SamplerKind;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;

/** Puts into a picture's file how it was made. */
final class PictureMetadata {
  private PictureMetadata() {}

  /**
   * The file's content.
   *
   * @param rendered the picture
   * @param pipeline what made it
   * @return the picture with the text {@code parameters}
   */
  static Png png(RenderedImage rendered, TextToImage pipeline) {
    String text = parameters(rendered.request(), pipeline).text();
    return new Png(rendered.image(), Map.of(GenerationParameters.KEYWORD, text));
  }

  private static GenerationParameters parameters(ImageRequest request, TextToImage pipeline) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("Steps", Integer.toString(request.steps()));
    settings.put("Sampler", SamplerKind.named(request.sampler()).displayName());
    settings.put("CFG scale", number(request.guidanceScale()));
    settings.put("Seed", Long.toString(request.seed()));
    settings.put("Size", request.width() + "x" + request.height());
    settings.put("Model hash", pipeline.modelHash());
    settings.put("Model", pipeline.modelName());
    if (request.eta() != 0) {
      settings.put("Eta DDIM", number(request.eta()));
    }
    settings.put("Version", Version.text());
    return new GenerationParameters(request.prompt(), request.negativePrompt(), settings);
  }

  /** The shortest form, as Python prints an int or a float: 7, 7.5. */
  private static String number(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
