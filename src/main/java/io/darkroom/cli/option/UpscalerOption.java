package io.darkroom.cli.option;

import io.darkroom.base.ModelException;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.hub.HubId;
import io.darkroom.hub.WeightVariant;
import io.darkroom.model.ModelFiles;
import io.darkroom.pipeline.ComputeOptions;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Which model enlarges. A default for the model that paints is none for this one. */
@Command(optionListHeading = "%nModel:%n")
public final class UpscalerOption {
  @Option(
      names = {"-m", "--model"},
      paramLabel = "UPSCALER",
      description =
          "The upscaler: a file, a folder or a hub id. The file holds an ESRGAN network, or Stable "
              + "Diffusion's x4 upscaler; it ends in .pth, .ckpt or .safetensors. The folder has "
              + "the diffusers layout; it holds Stable Diffusion's x4 upscaler, or latent "
              + "diffusion's super-resolution. The id is organization/name[@revision]; that model "
              + "is downloaded once.")
  private Optional<String> model = Optional.empty();

  /**
   * Finds the upscaler: on disk, else in the hub's cache, else on the hub.
   *
   * @param surroundings where the bundled models are, and the environment
   * @param messages told of a download
   * @param compute the precision decides which weights are downloaded
   * @return its folder or file, which exists
   * @throws InvalidRequestException if the user named none; it says what to name
   * @throws ModelException if there is none
   * @throws IOException if a download fails
   */
  public ModelFiles locate(Surroundings surroundings, Messages messages, ComputeOptions compute)
      throws IOException {
    String name =
        model
            .filter(text -> !text.isEmpty())
            .orElseThrow(
                () ->
                    new InvalidRequestException(
                        "no upscaler is named; give one with --model: an ESRGAN file (.pth or"
                            + " .safetensors), or an id such as"
                            + " stabilityai/stable-diffusion-x4-upscaler"));
    Optional<Path> local = new LocalModels(surroundings).find(name).map(ModelFiles::meant);
    if (local.isPresent()) {
      ModelFiles files = files(local.get(), surroundings);
      if (Files.isRegularFile(local.get()) && files.hasUNet()) {
        files.openUpscaler(); // what does not enlarge needs no tokenizer here
        if (files.lacksTokenizer()) {
          new HubModels(surroundings, messages).fetchTokenizer(files);
        }
      }
      return files;
    }
    HubId id =
        HubId.parse(name)
            .orElseThrow(
                () ->
                    new ModelException(
                        "there is no upscaler " + name + ": it is neither a file nor a folder"));
    boolean half = compute.dtype().equals("fp16") || compute.dtype().equals("bf16");
    Path downloaded =
        new HubModels(surroundings, messages)
            .locate(id, half ? WeightVariant.FP16 : WeightVariant.PLAIN);
    return files(downloaded, surroundings);
  }

  private static ModelFiles files(Path path, Surroundings surroundings) {
    return ModelFiles.of(path, Optional.empty(), Optional.empty(), surroundings.environment());
  }
}
