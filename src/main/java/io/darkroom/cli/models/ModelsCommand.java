package io.darkroom.cli.models;

import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.cli.console.Version;
import io.darkroom.cli.option.HelpOption;
import io.darkroom.cli.option.HubModels;
import io.darkroom.request.InvalidRequestException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code darkroom models COMMAND}: the models from the hub. */
@Command(
    name = "models",
    versionProvider = Version.class,
    header = "Download, list, show, check and remove models of the hub.",
    description = {
      "",
      "The cache is that of the hub's own tools: HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_ENDPOINT,"
          + " HF_HUB_OFFLINE and the proxy variables mean what they mean there."
    },
    customSynopsis = "darkroom models COMMAND [ARGUMENTS]",
    synopsisHeading = "%nUsage: ",
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit status:%n",
    footerHeading = "%nExamples:%n",
    footer = {
      "  darkroom models pull stabilityai/sd-turbo --variant fp16",
      "  darkroom models list --json | jq -r .id",
      "  darkroom -m stabilityai/sd-turbo \"a lighthouse\""
    })
public final class ModelsCommand implements Callable<Integer> {
  @Mixin private final HelpOption help = new HelpOption();

  /**
   * This command's own commands.
   *
   * @param surroundings the process
   * @param messages says what a person should know
   * @return the commands, in the order of the help
   */
  public static List<Callable<Integer>> commands(Surroundings surroundings, Messages messages) {
    HubModels hub = new HubModels(surroundings, messages);
    return List.of(
        new ModelsPullCommand(hub),
        new ModelsListCommand(hub),
        new ModelsShowCommand(hub),
        new ModelsVerifyCommand(hub),
        new ModelsRemoveCommand(hub));
  }

  @Override
  public Integer call() {
    throw new InvalidRequestException(
        "choose what to do with models: pull, list, show, verify or remove (darkroom models --help"
            + " shows the usage)");
  }
}
