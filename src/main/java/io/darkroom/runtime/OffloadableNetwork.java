package io.darkroom.runtime;

import io.darkroom.torchscript.LoadedModule;
import java.util.Optional;
import java.util.function.Function;

/**
 * A network in the device's memory: all the time, or only while it is used. What left is loaded
 * from the model's file again, which the operating system usually still has in its cache, so that
 * the host needs no second copy either. For one thread.
 */
public final class OffloadableNetwork implements AutoCloseable {
  private final NetworkLoader.Network network;
  private Optional<LoadedModule> resident;
  private boolean closed;

  private OffloadableNetwork(NetworkLoader.Network network, Optional<LoadedModule> resident) {
    this.network = network;
    this.resident = resident;
  }

  /**
   * Loads a network to stay.
   *
   * @param network the network
   * @return its network, which the caller closes
   */
  public static OffloadableNetwork permanent(NetworkLoader.Network network) {
    return new OffloadableNetwork(network, Optional.of(network.load()));
  }

  /**
   * Loads a network anew for each use.
   *
   * @param network the network
   * @return its network
   */
  public static OffloadableNetwork whileUsed(NetworkLoader.Network network) {
    return new OffloadableNetwork(network, Optional.empty());
  }

  /**
   * Uses the network.
   *
   * @param <T> what it gives
   * @param use calls it; what it returns must not belong to the module
   * @return the same
   * @throws IllegalStateException if it is closed
   */
  public <T> T use(Function<LoadedModule, T> use) {
    if (closed) {
      throw new IllegalStateException("the network is closed");
    }
    if (resident.isPresent()) {
      return use.apply(resident.get());
    }
    try (LoadedModule visitor = network.load()) {
      return use.apply(visitor);
    }
  }

  /** Frees the network's memory; from now on it is loaded anew for each use. */
  public void leave() {
    Optional<LoadedModule> leaving = resident;
    resident = Optional.empty();
    leaving.ifPresent(LoadedModule::close);
  }

  /** {@return the bytes that its weights take all the time} */
  public long residentBytes() {
    return resident.isPresent() ? network.bytes() : 0;
  }

  @Override
  public void close() {
    closed = true;
    leave();
  }
}
