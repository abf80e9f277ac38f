package io.darkroom.cli.console;

import io.darkroom.base.FileFailure;
import io.darkroom.base.ModelException;
import io.darkroom.pipeline.BrokenPictureException;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.runtime.OutOfMemoryException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Puts a failure into one line for the person at the terminal. */
public final class FailureMessage {
  private FailureMessage() {}

  /**
   * The line, without the program's name before it.
   *
   * @param failure what ended the work
   * @return what is wrong and what to do
   */
  static String of(Throwable failure) {
    if (failure instanceof ParameterException usage) {
      return ofUsage(usage);
    }
    if (failure instanceof CancellationException) {
      return "interrupted";
    }
    if (failure instanceof IOException reading) {
      return FileFailure.reason(reading);
    }
    if (failure instanceof InvalidRequestException
        || failure instanceof BrokenPictureException
        || failure instanceof ModelException
        || failure instanceof OutOfMemoryException) {
      return failure.getMessage();
    }
    if (failure instanceof OutOfMemoryError) {
      return "out of memory: "
          + failure.getMessage()
          + "; a smaller size or --batch-size 1 needs less";
    }
    return "unexpected failure: " + failure + "; --verbose shows where";
  }

  /** Tells whether a command only holds others. */
  private static boolean isGroup(CommandSpec command) {
    return command.positionalParameters().isEmpty() && !command.subcommands().isEmpty();
  }

  private static String nameWithDash(String word) {
    return word.matches("--?\\w\\S*\\.\\w+") ? "; the file of this name is ./" + word : "";
  }

  private static String ofUsage(ParameterException failure) {
    String message = failure.getMessage();
    CommandSpec command = failure.getCommandLine().getCommandSpec();
    if (failure instanceof UnmatchedArgumentException unmatched) {
      List<String> suggestions = unmatched.getSuggestions();
      if (unmatched.isUnknownOption() && !suggestions.isEmpty()) {
        message += "; did you mean " + suggestions.get(0) + "?";
      } else if (!unmatched.isUnknownOption() && isGroup(command)) {
        message =
            "there is no command '%s'; the commands are %s"
                .formatted(
                    unmatched.getUnmatched().get(0),
                    String.join(", ", command.subcommands().keySet()));
      } else if (unmatched.isUnknownOption() && command.parent() == null) {
        message += "; a prompt that begins with a dash goes after --";
      } else if (unmatched.isUnknownOption()) {
        message += nameWithDash(unmatched.getUnmatched().get(0));
      } else {
        message = message.replaceFirst(" (at|from) index \\d+", "");
      }
    } else if (failure instanceof MissingParameterException) {
      // A file's name that begins like an option was not taken for a file.
      List<String> left = failure.getCommandLine().getUnmatchedArguments();
      if (!left.isEmpty() && left.get(0).startsWith("-")) {
        message = "unknown option: '" + left.get(0) + "'" + nameWithDash(left.get(0));
      }
    }
    return Character.toLowerCase(message.charAt(0))
        + message.substring(1)
        + " ("
        + command.qualifiedName()
        + " --help shows the usage)";
  }
}
