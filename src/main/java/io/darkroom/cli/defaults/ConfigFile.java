package io.darkroom.cli.defaults;

import io.darkroom.base.FileFailure;
import io.darkroom.base.OneLine;
import io.darkroom.request.InvalidRequestException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * The file with a user's own defaults: a Java properties file in UTF-8. {@value #VARIABLE} names
 * it; an empty {@value #VARIABLE} means that there is none. Otherwise it lies where the XDG Base
 * Directory Specification puts it: {@code $XDG_CONFIG_HOME/darkroom/config.properties}, and {@code
 * XDG_CONFIG_HOME} is {@code ~/.config} if it is not set.
 *
 * @param path the file
 * @param entries what it sets, in the order of its lines
 * @see <a href="https://specifications.freedesktop.org/basedir-spec/latest/">the specification</a>
 */
public record ConfigFile(Path path, List<Entry> entries) {
  /** Names the file, or says by an empty text that there is none. */
  public static final String VARIABLE = "DARKROOM_CONFIG";

  private static final long LARGEST = 1 << 20;

  /**
   * A line of the file.
   *
   * @param line its number, from 1
   * @param key what stands before the sign
   * @param value what stands behind it
   */
  public record Entry(int line, String key, String value) {}

  /**
   * Where the file is, or would be.
   *
   * @param environment the process's variables
   * @return the path, which need not exist; empty if the user wants none, or has no home folder
   * @throws InvalidRequestException if the variable is no path
   */
  public static Optional<Path> place(Map<String, String> environment) {
    String named = environment.get(VARIABLE);
    try {
      if (named != null) {
        return named.isEmpty() ? Optional.empty() : Optional.of(Path.of(named));
      }
      // The specification: a relative path in XDG_CONFIG_HOME does not count.
      Optional<Path> folder =
          path(environment, "XDG_CONFIG_HOME")
              .filter(Path::isAbsolute)
              .or(() -> path(environment, "HOME").map(home -> home.resolve(".config")));
      return folder.map(config -> config.resolve("darkroom").resolve("config.properties"));
    } catch (InvalidPathException e) {
      throw new InvalidRequestException(
          "the path of the config file makes no sense: " + OneLine.of(e.getMessage()));
    }
  }

  private static Optional<Path> path(Map<String, String> environment, String variable) {
    return Optional.ofNullable(environment.get(variable))
        .filter(text -> !text.isEmpty())
        .map(Path::of);
  }

  /**
   * Reads the file, if there is one.
   *
   * @param environment the process's variables
   * @return the file; empty if there is none
   * @throws InvalidRequestException if it cannot be read, or makes no sense; the message names the
   *     file and the line
   */
  public static Optional<ConfigFile> find(Map<String, String> environment) {
    Optional<Path> place = place(environment);
    if (environment.containsKey(VARIABLE)) {
      if (place.isPresent() && Files.notExists(place.get())) {
        throw new InvalidRequestException(
            "%s names %s, but there is no such file; correct the variable, or unset it"
                .formatted(VARIABLE, place.get()));
      }
      return place.map(ConfigFile::read);
    }
    // Another user's home folder, which cannot be looked into, has no file for this user.
    return place.filter(Files::exists).map(ConfigFile::read);
  }

  private static ConfigFile read(Path path) {
    if (Files.isDirectory(path)) {
      throw new InvalidRequestException(
          path + " is a folder, but must be a file; move the folder away");
    }
    try {
      if (Files.exists(path) && !Files.isRegularFile(path)) {
        throw new InvalidRequestException(path + " is a pipe or a device, but must be a file");
      }
      if (Files.size(path) > LARGEST) {
        throw new InvalidRequestException(path + " is too large for a config file");
      }
      return new ConfigFile(path, entries(path, text(path, Files.readAllBytes(path))));
    } catch (IOException e) {
      throw new InvalidRequestException(
          "cannot read the config file %s: %s".formatted(path, FileFailure.reason(e)));
    }
  }

  private static String text(Path path, byte[] bytes) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    CoderResult result = decoder.decode(in, out, true);
    try {
      if (result.isError()) {
        result.throwException();
      }
    } catch (CharacterCodingException e) {
      String before = out.flip().toString();
      throw fault(path, (int) before.chars().filter(c -> c == '\n').count() + 1, "is not UTF-8");
    }
    String text = out.flip().toString();
    return text.startsWith("\uFEFF") ? text.substring(1) : text;
  }

  /** {@link Properties} reads each line by itself, since it does not tell their numbers. */
  private static List<Entry> entries(Path path, String text) throws IOException {
    Map<String, Entry> entries = new LinkedHashMap<>();
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      int number = i + 1;
      StringBuilder whole = new StringBuilder(lines.get(i));
      while (!isComment(whole) && isContinued(lines.get(i)) && i + 1 < lines.size()) {
        i++;
        whole.append('\n').append(lines.get(i));
      }
      Properties properties = new Properties();
      try {
        properties.load(new StringReader(whole.toString()));
      } catch (IllegalArgumentException e) {
        throw fault(path, number, "a backslash and u need four hexadecimal digits behind them");
      }
      for (String key : properties.stringPropertyNames()) {
        Entry entry = new Entry(number, key, properties.getProperty(key));
        Entry earlier = entries.putIfAbsent(key, entry);
        if (earlier != null) {
          throw fault(
              path,
              number,
              "'%s' is already in line %d; remove one of them"
                  .formatted(OneLine.of(key), earlier.line()));
        }
      }
    }
    return List.copyOf(entries.values());
  }

  private static boolean isComment(CharSequence line) {
    String text = line.toString().stripLeading();
    return text.startsWith("#") || text.startsWith("!");
  }

  /** An odd number of backslashes at the end of a line joins the next one to it. */
  private static boolean isContinued(String line) {
    int backslashes = 0;
    while (backslashes < line.length() && line.charAt(line.length() - 1 - backslashes) == '\\') {
      backslashes++;
    }
    return backslashes % 2 == 1;
  }

  /**
   * A fault in the file.
   *
   * @param line the line's number
   * @param fault what is wrong with it, and what to do
   * @return the failure, which names file and line
   */
  InvalidRequestException fault(int line, String fault) {
    return fault(path, line, fault);
  }

  private static InvalidRequestException fault(Path path, int line, String fault) {
    return new InvalidRequestException("%s, line %d: %s".formatted(path, line, fault));
  }
}
