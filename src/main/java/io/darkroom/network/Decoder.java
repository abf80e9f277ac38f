package io.darkroom.network;

import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Weights;

/** What makes a picture of latents, whichever kind of autoencoder it belongs to. */
public sealed interface Decoder permits Autoencoder, TinyAutoencoder, VqAutoencoder {
  /**
   * Chooses the architecture.
   *
   * @param config an autoencoder's sizes, which tell its kind
   * @return the network for it
   */
  static Decoder of(DecoderConfig config) {
    if (config instanceof TinyAutoencoderConfig tiny) {
      return new TinyAutoencoder(tiny);
    }
    return config instanceof VqAutoencoderConfig vq
        ? new VqAutoencoder(vq)
        : new Autoencoder((AutoencoderConfig) config);
  }

  /**
   * Writes at least the methods {@link Autoencoder#DECODE} and {@link Autoencoder#DECODE_TO_BYTES}.
   *
   * @param w the checkpoint's root
   * @param script the module to write into
   */
  void writeDecoderTo(Weights w, Script script);

  /**
   * Holds the encoder's weights, where there are any, against the architecture's sizes; nothing is
   * kept of them.
   *
   * @param w the checkpoint's root
   */
  void claimOthers(Weights w);

  /**
   * Tells weights that no picture needs and that are not held against anything.
   *
   * @param name a weight's name
   * @return whether it may be there
   */
  boolean isLeftover(String name);
}
