package io.darkroom.cli.reference;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.ArgSpec;

/**
 * What a shell offers for the value of an option or a parameter. Words come from picocli's
 * completion candidates; what lies on the user's disk follows from the label of the value.
 *
 * @param source where the words come from
 * @param words those that are known here
 */
record Offer(Source source, List<String> words) {
  /** Where the offered words come from. */
  enum Source {
    /** There is nothing to offer. */
    NONE,
    /** They are known here. */
    WORDS,
    /** The bundled models and those in the hub's cache, or a file. */
    MODELS,
    /** The models in the hub's cache. */
    CACHED_MODELS,
    /** Files and folders. */
    FILES,
    /** Folders. */
    FOLDERS
  }

  /**
   * What is offered for a value.
   *
   * @param argument the option or parameter
   * @param bundledModels the names of the models that come with the program
   * @return what is offered; nothing for a flag
   */
  static Offer of(ArgSpec argument, List<String> bundledModels) {
    if (argument.completionCandidates() != null) {
      List<String> words = new ArrayList<>();
      argument.completionCandidates().forEach(words::add);
      return new Offer(Source.WORDS, List.copyOf(words));
    }
    if (argument.paramLabel().equals("COMMAND")) {
      return new Offer(
          Source.WORDS,
          argument.command().parent().subcommands().entrySet().stream()
              .filter(own -> !own.getValue().getCommandSpec().usageMessage().hidden())
              .map(Map.Entry::getKey)
              .toList());
    }
    Source source =
        switch (argument.paramLabel()) {
          case "MODEL" -> Source.MODELS;
          case "ID" -> Source.CACHED_MODELS;
          case "DIR", "FOLDER" -> Source.FOLDERS;
          case "FILE",
                  "FILE...",
                  "PATH",
                  "WHERE",
                  "FILE[:WEIGHT]",
                  "[NAME=]FILE|DIR",
                  "UPSCALER",
                  "NAME|FILE" ->
              Source.FILES;
          default -> Source.NONE;
        };
    return new Offer(source, source == Source.MODELS ? bundledModels : List.of());
  }
}
