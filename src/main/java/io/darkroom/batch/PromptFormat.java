package io.darkroom.batch;

/** How a file of prompts is written. */
interface PromptFormat {
  /**
   * Tells whether a line is left out.
   *
   * @param text the line, without space at either end
   * @return whether it says nothing
   */
  boolean isSilent(String text);

  /**
   * Tells whether what a line says goes on in the next one.
   *
   * @param text the line, perhaps of several already
   * @return whether it does
   */
  boolean goesOn(String text);

  /**
   * Reads a line.
   *
   * @param number its number
   * @param text its text, not silent
   * @return what it asks for
   * @throws io.darkroom.request.InvalidRequestException if it makes no sense
   */
  PromptLine parse(int number, String text);
}
