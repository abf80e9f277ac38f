package io.darkroom.cli.picture;

import io.darkroom.request.InvalidRequestException;
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
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private PromptText() {}

  /**
   * Joins the words, or reads standard input if the one word is {@code -}.
   *
   * @param words what the user wrote; an empty word is an empty prompt, no word at all is none
   * @param in standard input, in UTF-8; a byte order mark and a last line's end do not count
   * @return the prompt
   * @throws InvalidRequestException if there is none, or standard input is blank or no UTF-8
   * @throws IOException if standard input cannot be read
   */
  static String of(List<String> words, InputStream in) throws IOException {
    if (words.isEmpty()) {
      throw new InvalidRequestException(
          "there is no prompt; say what to draw: darkroom \"a red house\" (darkroom --help shows"
              + " the usage)");
    }
    return isStandardInput(words) ? read(in) : String.join(" ", words);
  }

  /** Tells whether the words mean standard input. */
  static boolean isStandardInput(List<String> words) {
    return words.equals(List.of("-"));
  }

  private static String read(InputStream in) throws IOException {
    byte[] bytes = in.readNBytes(MOST_BYTES + 1);
    if (bytes.length > MOST_BYTES) {
      throw new InvalidRequestException("the prompt on standard input is longer than 1 MiB");
    }
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new InvalidRequestException("the prompt on standard input is not valid UTF-8");
    }
    String prompt = text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
    if (prompt.isBlank()) {
      throw new InvalidRequestException(
          "there is no prompt on standard input; for an empty one, use: darkroom \"\"");
    }
    return prompt.replaceFirst("\r?\n\\z", "");
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
