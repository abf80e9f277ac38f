package io.darkroom.runtime;

import ai.djl.engine.Engine;
import ai.djl.util.Platform;
import ai.djl.util.Utils;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where DJL takes libtorch from, told without loading it.
 *
 * @param folder where its libraries are, or will be
 * @param version libtorch's version
 * @param flavor {@code cpu}, or CUDA's version, such as {@code cu128}; {@code own} for libraries
 *     that the user named
 * @param origin how the libraries come into the folder
 */
public record EngineFiles(Path folder, String version, String flavor, Origin origin) {
  private static final String LIBRARY = System.mapLibraryName("torch");
  private static final String BRIDGE = System.mapLibraryName("djl_torch");
  private static final String VARIABLE = "PYTORCH_LIBRARY_PATH";
  private static final String OWN = "own";

  /** How libraries come into their folder. */
  public enum Origin {
    /** They are there. */
    THERE,
    /** The program has them packed; its first picture unpacks them. */
    PACKED,
    /** The first picture downloads them. */
    DOWNLOAD
  }

  /**
   * Looks where DJL would look.
   *
   * @return the libraries
   * @throws IOException if the folder cannot be read
   */
  public static EngineFiles find() throws IOException {
    Platform platform = Platform.detectPlatform("pytorch");
    Optional<Path> own = own();
    if (own.isPresent()) {
      String flavor = Utils.getEnvOrSystemProperty("PYTORCH_FLAVOR", OWN);
      return new EngineFiles(own.get(), platform.getVersion(), flavor, Origin.THERE);
    }
    Path folder =
        Utils.getEngineCacheDir("pytorch")
            .resolve(
                String.join(
                    "-", platform.getVersion(), platform.getFlavor(), platform.getClassifier()));
    Origin missing = platform.isPlaceholder() ? Origin.DOWNLOAD : Origin.PACKED;
    return new EngineFiles(
        folder,
        platform.getVersion(),
        platform.getFlavor(),
        isWhole(folder) ? Origin.THERE : missing);
  }

  /** {@return whether the user chose the folder by {@code PYTORCH_LIBRARY_PATH}} */
  public boolean isOwn() {
    return flavor.equals(OWN);
  }

  private static Optional<Path> own() {
    String path = Utils.getEnvOrSystemProperty(VARIABLE);
    return Optional.ofNullable(path)
        .filter(text -> !text.isEmpty())
        .map(Path::of)
        .filter(folder -> Files.exists(folder.resolve(LIBRARY)));
  }

  private static boolean isWhole(Path folder) throws IOException {
    if (!Files.exists(folder.resolve(LIBRARY))) {
      return false;
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(file -> file.getFileName().toString().endsWith(BRIDGE));
    }
  }

  /**
   * Loads libtorch.
   *
   * @return its version, as it tells it itself
   * @throws ai.djl.engine.EngineException if it cannot be loaded
   */
  public static String load() {
    return Engine.getEngine("PyTorch").getVersion();
  }
}
