package io.darkroom.batch;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Files that are not as a batch would have them, gathered so that each kind is told in one line.
 */
final class OddFiles {
  private static final int MOST_NAMES = 3;

  private final Map<Ledger.Oddity, List<String>> names = new EnumMap<>(Ledger.Oddity.class);

  /**
   * Takes in a picture.
   *
   * @param picture as it was planned
   * @param entry what became of it
   */
  void add(BatchPicture picture, Ledger.Entry entry) {
    switch (entry.oddity()) {
      case NONE -> {}
      case EARLIER -> {
        if (picture.named() && entry.state() == Ledger.State.MISSING) {
          add(entry.oddity(), picture.path());
        }
      }
      case CHANGED -> add(entry.oddity(), entry.path());
      case BROKEN, FOREIGN -> {
        if (entry.state() == Ledger.State.MISSING) {
          add(entry.oddity(), picture.path());
        }
      }
    }
  }

  private void add(Ledger.Oddity oddity, String name) {
    names.computeIfAbsent(oddity, any -> new ArrayList<>()).add(name);
  }

  /** What there is to tell since the last call, a line for each kind. */
  List<String> take() {
    List<String> lines = new ArrayList<>();
    names.forEach((oddity, files) -> lines.add(list(files) + ": " + told(oddity)));
    names.clear();
    return lines;
  }

  private static String told(Ledger.Oddity oddity) {
    return switch (oddity) {
      case CHANGED ->
          "changed since this batch made it, and kept; remove it if you want it made again";
      case BROKEN -> "damaged or incomplete; it stays, and the picture is made again beside it";
      case EARLIER ->
          "made with another prompt or other settings; it stays, and the new picture goes beside"
              + " it";
      case FOREIGN -> "not made by this batch; it stays, and the picture goes beside it";
      case NONE -> throw new IllegalArgumentException("nothing to tell");
    };
  }

  private static String list(List<String> files) {
    String first = String.join(", ", files.subList(0, Math.min(MOST_NAMES, files.size())));
    return files.size() <= MOST_NAMES
        ? first
        : first + " and " + (files.size() - MOST_NAMES) + " more";
  }
}
