package io.darkroom.cli;

import io.darkroom.pipeline.InvalidRequestException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Stack;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/** The prompt: the command's words, or standard input. */
final class PromptText {
  private static final int MOST_BYTES = 1 << 20;
  private static final char DECODING_FAILED = '\uFFFD';

  private PromptText() {}

  /**
   * Joins the words, or reads standard input if the one word is {@code -}.
   *
   * @param words what the user wrote; an empty word is an empty prompt, no word at all is none
   * @param in standard input, in UTF-8; a last line's end does not count
   * @return the prompt
   * @throws InvalidRequestException if there is none, or it is no text
   * @throws IOException if standard input cannot be read
   */
  static String of(List<String> words, InputStream in) throws IOException {
    if (words.isEmpty()) {
      throw new InvalidRequestException(
          "there is no prompt; say what to paint: darkroom \"a red house\" (darkroom --help shows"
              + " the usage)");
    }
    String prompt = words.equals(List.of("-")) ? read(in) : joined(words);
    if (prompt.indexOf('\0') >= 0) {
      throw new InvalidRequestException("the prompt holds a NUL character");
    }
    return prompt;
  }

  private static String joined(List<String> words) {
    String prompt = String.join(" ", words);
    if (prompt.indexOf(DECODING_FAILED) >= 0) {
      throw new InvalidRequestException(
          "the prompt cannot be read in this locale's character set; use a UTF-8 locale");
    }
    return prompt;
  }

  private static String read(InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(MOST_BYTES + 1);
    if (bytes.length > MOST_BYTES) {
      throw new InvalidRequestException("the prompt on standard input is longer than 1 MiB");
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes))
          .toString()
          .replaceFirst("\r?\n\\z", "");
    } catch (CharacterCodingException e) {
      throw new InvalidRequestException("the prompt on standard input is not valid UTF-8");
    }
  }

  /**
   * Takes the words of a prompt off the command line. From the first one on no word is taken for a
   * command's name, so that <i>a house batch</i> is a prompt.
   */
  static final class Words implements IParameterConsumer {
    @Override
    public void consumeParameters(Stack<String> arguments, ArgSpec prompt, CommandSpec command) {
      List.copyOf(command.subcommands().keySet()).forEach(command::removeSubcommand);
      List<String> words = prompt.getValue();
      do {
        words.add(arguments.pop());
      } while (!arguments.isEmpty() && isWord(arguments.peek()));
    }

    private static boolean isWord(String argument) {
      return !argument.startsWith("-") || argument.equals("-");
    }
  }
}
