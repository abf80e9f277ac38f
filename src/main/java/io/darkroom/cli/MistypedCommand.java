package io.darkroom.cli;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * Tells a command whose name was mistyped from a prompt.
 *
 * <p>A word alone is taken for a command if it is at most one slip away from the command's name: a
 * letter too many, missing or wrong, two neighbours exchanged; capitals count as small letters. If
 * words follow it and each is what commands are given (a file, standard input, the name of one of
 * that command's own commands), it may be two slips. All else is a prompt.
 *
 * @param names the commands
 * @param ownCommands the names of a command's own commands
 * @param folder what paths are relative to
 */
record MistypedCommand(
    Collection<String> names, Function<String, Collection<String>> ownCommands, Path folder) {
  /** A name shorter than this is a different word after two slips. */
  private static final int SHORTEST_FOR_TWO_SLIPS = 5;

  private static final Pattern FILE_WITH_ENDING = Pattern.compile("\\S+\\.\\p{Alpha}\\w{0,11}");

  /**
   * The command that the words may be meant for.
   *
   * @param words the words of the command line that are no options
   * @return the nearest command's name; empty if the words are a prompt
   */
  Optional<String> find(List<String> words) {
    if (words.isEmpty()) {
      return Optional.empty();
    }
    String first = words.get(0).toLowerCase(Locale.ROOT);
    List<String> others = words.subList(1, words.size());
    for (int slips = 0; slips <= (others.isEmpty() ? 1 : 2); slips++) {
      for (String name : names) {
        if (slips(first, name) == slips
            && (slips < 2 || name.length() >= SHORTEST_FOR_TWO_SLIPS)
            && others.stream().allMatch(word -> isForCommand(word, name))) {
          return Optional.of(name);
        }
      }
    }
    return Optional.empty();
  }

  private boolean isForCommand(String word, String name) {
    Collection<String> own = ownCommands.apply(name);
    return word.equals("-")
        || own.contains(word)
        || (!own.isEmpty() && word.contains("/")) // a model of the hub
        || FILE_WITH_ENDING.matcher(word).matches()
        || isFile(word);
  }

  private boolean isFile(String word) {
    try {
      return Files.isRegularFile(folder.resolve(word));
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /**
   * The edit distance in which exchanging two neighbours counts as one: the optimal string
   * alignment of Damerau and Levenshtein.
   */
  private static int slips(String a, String b) {
    if (Math.abs(a.length() - b.length()) > 2) {
      return Integer.MAX_VALUE; // a prompt in one word may be very long
    }
    int[][] distance = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          distance[i][j] = i + j;
          continue;
        }
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        int least = Math.min(distance[i - 1][j], distance[i][j - 1]) + 1;
        least = Math.min(least, distance[i - 1][j - 1] + change);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          least = Math.min(least, distance[i - 2][j - 2] + 1);
        }
        distance[i][j] = least;
      }
    }
    return distance[a.length()][b.length()];
  }
}
