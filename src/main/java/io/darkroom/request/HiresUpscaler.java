package io.darkroom.request;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** How the picture is enlarged before the high-resolution pass. */
public sealed interface HiresUpscaler {
  /** The latents are, bilinearly: AUTOMATIC1111's {@code Latent}. The fastest, and the softest. */
  HiresUpscaler LATENT = new Latents();

  /** The decoded picture is, by Lanczos' filter. */
  HiresUpscaler LANCZOS = new Pixels();

  /** The latents, bilinearly. */
  record Latents() implements HiresUpscaler {
    @Override
    public Optional<Network> network() {
      return Optional.empty();
    }

    @Override
    public String toString() {
      return "latent";
    }
  }

  /** The decoded picture, by {@link io.darkroom.image.Fit}. */
  record Pixels() implements HiresUpscaler {
    @Override
    public Optional<Network> network() {
      return Optional.empty();
    }

    @Override
    public String toString() {
      return "lanczos";
    }
  }

  /**
   * The decoded picture, by a network.
   *
   * @param name the file as a person named it
   * @param file where it is
   */
  record Network(String name, Path file) implements HiresUpscaler {
    @Override
    public Optional<Network> network() {
      return Optional.of(this);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * The network's file.
   *
   * @return the file, if a network enlarges
   */
  Optional<Network> network();

  /**
   * Reads what a person wrote.
   *
   * @param text {@code latent}, {@code lanczos}, or a file
   * @return the upscaler; a file is not looked for
   * @throws InvalidRequestException if it is empty or no path
   */
  static HiresUpscaler parse(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "latent" -> LATENT;
      case "lanczos" -> LANCZOS;
      default -> new Network(text, path(text));
    };
  }

  private static Path path(String text) {
    if (text.isBlank()) {
      throw new InvalidRequestException(
          "hires upscaler is empty; use latent, lanczos, or an ESRGAN file");
    }
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new InvalidRequestException("'" + text + "' is not a path: " + e.getReason());
    }
  }
}
