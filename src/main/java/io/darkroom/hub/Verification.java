package io.darkroom.hub;

import java.util.List;

/**
 * What a check of a repository in the cache found.
 *
 * @param checked how many contents were held against their checksums
 * @param unchecked how many have none, such as copies
 * @param bytes how many bytes were read
 * @param faults what is wrong
 */
public record Verification(int checked, int unchecked, long bytes, List<Fault> faults) {
  /**
   * What is wrong with a file.
   *
   * @param path commit and path of the file
   * @param reason in words
   */
  public record Fault(String path, String reason) {}
}
