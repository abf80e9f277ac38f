package io.darkroom.training.scenery;

import java.util.List;

/** Which slots are taken together. */
public enum Arrangement {
  /** One group on the left. */
  ALONE_LEFT(Slot.LEFT),

  /** One group in the middle. */
  ALONE_MIDDLE(Slot.MIDDLE),

  /** One group on the right. */
  ALONE_RIGHT(Slot.RIGHT),

  /** Two groups side by side. */
  PAIR(Slot.LEFT, Slot.RIGHT),

  /** One group partly hides another. */
  FRONT_AND_BACK(Slot.FRONT, Slot.BACK),

  /** Something flies above a group. */
  ABOVE_ONE(Slot.ABOVE, Slot.MIDDLE),

  /** Three objects side by side. */
  ROW(Slot.LEFT, Slot.MIDDLE, Slot.RIGHT),

  /** Something flies above two objects. */
  ABOVE_PAIR(Slot.ABOVE, Slot.LEFT, Slot.RIGHT),

  /** An object stands in front of two others. */
  FRONT_OF_PAIR(Slot.FRONT, Slot.LEFT, Slot.RIGHT);

  private final List<Slot> slots;

  Arrangement(Slot... slots) {
    this.slots = List.of(slots);
  }

  /**
   * The slots of its groups.
   *
   * @return one for each group, in the order of {@link Scene#groups}
   */
  public List<Slot> slots() {
    return slots;
  }
}
