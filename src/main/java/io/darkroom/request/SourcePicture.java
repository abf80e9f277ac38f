package io.darkroom.request;

import io.darkroom.base.FileFailure;
import io.darkroom.image.InputPicture;
import io.darkroom.image.InputPictureReader;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.SoftReference;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A picture that a request begins with, or its mask. It is told from others by its pixels alone. A
 * batch has many of them: the pixels of a file may leave the memory and are read again when they
 * are needed.
 */
public final class SourcePicture {
  private final String name;
  private final Optional<Path> file;
  private final String hash;
  private final List<String> notes;

  /** The pixels, for as long as there is room; for ever where there is no file to read again. */
  private SoftReference<InputPicture> pixels;

  private final Optional<InputPicture> kept;

  private SourcePicture(String name, Optional<Path> file, InputPicture picture) {
    this.name = name;
    this.file = file;
    this.hash = picture.hash();
    this.notes = picture.notes();
    this.pixels = new SoftReference<>(picture);
    this.kept = file.isPresent() ? Optional.empty() : Optional.of(picture);
  }

  /**
   * Reads a picture from a file.
   *
   * @param name the file as a person named it
   * @param file where it lies
   * @return the picture
   * @throws InvalidRequestException if it cannot be read or is no picture
   */
  public static SourcePicture read(String name, Path file) {
    return new SourcePicture(name, Optional.of(file), load(name, file));
  }

  /**
   * Reads a picture that comes only once.
   *
   * @param name what to call it
   * @param in gives the picture to its end; not closed
   * @return the picture
   * @throws InvalidRequestException if it cannot be read or is no picture
   */
  public static SourcePicture read(String name, InputStream in) {
    try {
      return new SourcePicture(name, Optional.empty(), InputPictureReader.read(in));
    } catch (IOException e) {
      throw new InvalidRequestException(name + ": " + e.getMessage());
    }
  }

  private static InputPicture load(String name, Path file) {
    if (Files.isDirectory(file)) {
      throw new InvalidRequestException(name + ": is a folder; name a picture's file");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new InvalidRequestException(name + ": is not a regular file; use - for standard input");
    }
    try (InputStream in = Files.newInputStream(file)) {
      return InputPictureReader.read(in);
    } catch (NoSuchFileException e) {
      throw new InvalidRequestException(name + ": there is no such file; check the path");
    } catch (IOException e) {
      throw new InvalidRequestException(name + ": " + FileFailure.reason(e));
    }
  }

  /**
   * What a person calls it.
   *
   * @return the file as it was named, or {@code -}
   */
  public String name() {
    return name;
  }

  /**
   * What tells it from others.
   *
   * @return {@link InputPicture#hash}
   */
  public String hash() {
    return hash;
  }

  /**
   * What a person should know of how it was read.
   *
   * @return a line each
   */
  public List<String> notes() {
    return notes;
  }

  /**
   * The picture.
   *
   * @return as it was when it was first read
   * @throws InvalidRequestException if its file has been changed or has gone since
   */
  public synchronized InputPicture picture() {
    if (kept.isPresent()) {
      return kept.get();
    }
    InputPicture known = pixels.get();
    if (known == null) {
      known = load(name, file.orElseThrow());
      if (!known.hash().equals(hash)) {
        throw new InvalidRequestException(
            name + ": the picture was changed while it was in use; start again");
      }
      pixels = new SoftReference<>(known);
    }
    return known;
  }

  /** Tells whether it was read from this file, whatever that is called. */
  boolean isIn(Path other) {
    try {
      return file.isPresent() && Files.exists(other) && Files.isSameFile(file.get(), other);
    } catch (IOException e) {
      return false; // what cannot be looked at cannot be written either
    }
  }

  /** Lets the pixels go, as the collector does where memory is short. */
  synchronized void forget() {
    pixels.clear();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SourcePicture picture && picture.hash.equals(hash);
  }

  @Override
  public int hashCode() {
    return hash.hashCode();
  }

  @Override
  public String toString() {
    return name;
  }
}
