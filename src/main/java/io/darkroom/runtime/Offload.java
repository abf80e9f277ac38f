package io.darkroom.runtime;

/** Whether text encoders and decoder leave the device's memory between their uses. */
public enum Offload {
  /** Where the memory would not hold the whole model and a picture. */
  AUTO,
  /** All stay loaded. */
  NEVER,
  /** They are loaded for each use. */
  ALWAYS
}
