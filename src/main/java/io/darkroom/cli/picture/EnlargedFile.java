package io.darkroom.cli.picture;

import io.darkroom.base.FileFailure;
import io.darkroom.cli.console.StandardStream;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.image.InputPicture;
import io.darkroom.image.InputPictureReader;
import io.darkroom.image.PictureReader;
import io.darkroom.request.InvalidRequestException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A picture's file that is to be enlarged.
 *
 * @param path as the user wrote it; {@code -} is standard input
 * @param picture what is in it
 * @param texts the texts beside the pixels; none where the format has no room for any
 */
record EnlargedFile(String path, InputPicture picture, Map<String, String> texts) {
  /**
   * Reads a file.
   *
   * @param path a file, or {@code -}
   * @param surroundings the folder and standard input
   * @return the file
   * @throws IOException if it cannot be read or is no picture; the message names it
   */
  static EnlargedFile read(String path, Surroundings surroundings) throws IOException {
    try {
      byte[] bytes = bytes(path, surroundings);
      InputPicture picture = InputPictureReader.read(new ByteArrayInputStream(bytes));
      return new EnlargedFile(path, picture, texts(bytes));
    } catch (NoSuchFileException e) {
      throw new IOException(name(path) + ": there is no such file; check the path", e);
    } catch (IOException e) {
      throw new IOException(name(path) + ": " + FileFailure.reason(e), e);
    }
  }

  private static byte[] bytes(String path, Surroundings surroundings) throws IOException {
    if (StandardStream.INPUT.is(path)) {
      return surroundings.in().readNBytes(InputPictureReader.MOST_BYTES + 1);
    }
    Path file = file(path, surroundings).orElseThrow();
    if (Files.isDirectory(file)) {
      throw new IOException("is a folder; name a picture's file");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(InputPictureReader.MOST_BYTES + 1);
    }
  }

  private static Map<String, String> texts(byte[] bytes) {
    try {
      return new PictureReader(new ByteArrayInputStream(bytes)).readSummary().text();
    } catch (IOException e) {
      return Map.of(); // a format without texts
    }
  }

  /**
   * Where a file lies.
   *
   * @param path as the user wrote it
   * @param surroundings the folder that paths start from
   * @return the file; nothing for standard input
   * @throws InvalidRequestException if it is no path
   */
  static Optional<Path> file(String path, Surroundings surroundings) {
    if (path.isEmpty()) {
      throw new InvalidRequestException("the picture's file name is empty");
    }
    if (StandardStream.INPUT.is(path)) {
      return Optional.empty();
    }
    try {
      return Optional.of(surroundings.folder().resolve(path));
    } catch (InvalidPathException e) {
      throw new InvalidRequestException("'" + path + "' is not a path: " + e.getReason());
    }
  }

  /** The file's name without its ending, for the name of the result. */
  static String stem(String path) {
    if (StandardStream.INPUT.is(path)) {
      return "picture";
    }
    Path name = Path.of(path).getFileName();
    String whole = name == null ? "picture" : name.toString();
    int dot = whole.lastIndexOf('.');
    return dot > 0 ? whole.substring(0, dot) : whole;
  }

  /** What to call it in messages. */
  String name() {
    return name(path);
  }

  private static String name(String path) {
    return StandardStream.INPUT.is(path) ? "standard input" : path;
  }
}
