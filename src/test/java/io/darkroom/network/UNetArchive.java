package io.darkroom.network;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.darkroom.base.JsonConfig;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.WeightCatalog;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes a U-Net's TorchScript archive to a file, so that the very same graph can be run without
 * Java: {@code UNetArchive ARCHITECTURE DTYPE FILE}, where the architecture is {@code sd15}, {@code
 * sd21}, {@code sdxl} or a {@code config.json}.
 *
 * <p>Beside {@code FILE} it writes {@code FILE.weights}: a line for each tensor of the list {@code
 * w}, in its order, with its name and its shape. Kernels of convolutions belong in channels-last
 * format, and all in the archive's number format.
 */
final class UNetArchive {
  private static final Map<String, String> FAMILIES =
      Map.of("sd15", "1", "sd21", "2", "sdxl", "xl");

  private UNetArchive() {}

  /**
   * The program.
   *
   * @param arguments the architecture, the number format, the file
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 3) {
      System.err.println("usage: UNetArchive sd15|sd21|sdxl|config.json fp32|fp16|bf16 FILE");
      System.exit(2);
    }
    Path file = Path.of(arguments[2]);
    write(config(arguments[0]), format(arguments[1]), file);
    System.out.println(file);
  }

  /**
   * Writes both files.
   *
   * @param config the architecture
   * @param format of weights and arithmetic
   * @param file the archive's
   */
  static void write(UNetConfig config, Precision.Format format, Path file) throws IOException {
    WeightCatalog inventory = WeightCatalog.ofNewModel();
    Script script = new Script(Precision.of(format));
    new UNet(config).writeTo(inventory.root(), script);
    Files.write(file, script.archive());
    Map<String, long[]> shapes = inventory.shapes();
    List<String> lines = new ArrayList<>();
    for (String name : script.weightNames()) {
      lines.add(name + " " + Arrays.toString(shapes.get(name)).replaceAll("[\\[\\],]", ""));
    }
    Files.write(file.resolveSibling(file.getFileName() + ".weights"), lines);
  }

  private static Precision.Format format(String dtype) {
    return switch (dtype.toLowerCase(Locale.ROOT)) {
      case "fp32" -> Precision.Format.FLOAT32;
      case "fp16" -> Precision.Format.FLOAT16;
      case "bf16" -> Precision.Format.BFLOAT16;
      default -> throw new IllegalArgumentException("there is no number format " + dtype);
    };
  }

  private static UNetConfig config(String architecture) throws IOException {
    String family = FAMILIES.get(architecture);
    if (family == null) {
      return UNetConfig.parse(JsonConfig.read(Path.of(architecture)));
    }
    String resource = "/io/darkroom/model/stable-diffusion-" + family + ".json";
    try (InputStream stream = UNetArchive.class.getResourceAsStream(resource)) {
      String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      JsonObject settings = JsonParser.parseString(text).getAsJsonObject().getAsJsonObject("unet");
      return UNetConfig.parse(JsonConfig.of(resource, settings));
    }
  }
}
