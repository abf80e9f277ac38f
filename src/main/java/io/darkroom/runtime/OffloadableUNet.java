package io.darkroom.runtime;

import java.util.Optional;

/**
 * A U-Net that may leave the device's memory for another one, and is loaded from its file again
 * when it is used. For one thread.
 */
public final class OffloadableUNet implements AutoCloseable {
  private final NetworkLoader.UNetNetwork network;
  private Optional<UNetModule> resident = Optional.empty();
  private boolean closed;

  /**
   * Loads nothing yet.
   *
   * @param network the U-Net
   */
  public OffloadableUNet(NetworkLoader.UNetNetwork network) {
    this.network = network;
  }

  /**
   * The U-Net in memory.
   *
   * @return the module, which stays this one's; until {@link #leave} it is the same
   * @throws io.darkroom.base.ModelException if the weights cannot be read
   * @throws IllegalStateException if it is closed
   */
  public UNetModule module() {
    if (closed) {
      throw new IllegalStateException("the U-Net is closed");
    }
    if (resident.isEmpty()) {
      resident = Optional.of(network.load());
    }
    return resident.get();
  }

  /** Frees its memory until it is used again. */
  public void leave() {
    Optional<UNetModule> leaving = resident;
    resident = Optional.empty();
    leaving.ifPresent(UNetModule::close);
  }

  @Override
  public void close() {
    closed = true;
    leave();
  }
}
