package io.darkroom.cli.doctor;

import java.io.IOException;

/** A look at one thing. */
@FunctionalInterface
interface Check {
  /**
   * Looks, and changes nothing.
   *
   * @return what is there
   * @throws IOException if it cannot be read
   */
  Finding look() throws IOException;
}
