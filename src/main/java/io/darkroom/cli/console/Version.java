package io.darkroom.cli.console;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The program's version, as the build wrote it into {@code version.properties}. */
public final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {text()};
  }

  /** {@return the program's name and version: {@code darkroom 0.1.0}} */
  public static String text() {
    Properties properties = new Properties();
    try (InputStream in =
        Version.class.getResourceAsStream("/io/darkroom/cli/version.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return "darkroom " + properties.getProperty("version");
  }
}
