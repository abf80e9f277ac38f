package io.darkroom.network;

import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.List;

/**
 * The generator of ESRGAN, which enlarges pictures in one pass (RRDBNet: Wang et al., arXiv
 * 1809.00219, figure 4; Real-ESRGAN, arXiv 2107.10833, for the unshuffled pixels). Names and
 * behaviour as in {@code rrdbnet_arch.py} of <a href="https://github.com/XPixelGroup/BasicSR">
 * BasicSR</a>.
 */
public final class Esrgan {
  /**
   * {@code (image [batch, 3, H, W] float32, 0..1) -> [image [batch, 3, f H, f W] float32, finite
   * bool]}: the enlarged picture, which may go beyond 0..1, and whether every value of it is a
   * number. H and W are multiples of {@link EsrganConfig#unshuffle}.
   */
  public static final String ENLARGE = "enlarge";

  /** {@code (image) -> features [batch, features, H, W] float32}, before they are enlarged. */
  public static final String FEATURES = "features";

  /** Of a residual-in-residual dense block. */
  static final int DENSE_BLOCKS = 3;

  /** Convolutions of a dense block. */
  static final int DENSE_LAYERS = 5;

  private static final double SLOPE = 0.2;
  private static final double RESIDUAL_SCALE = 0.2;

  private final EsrganConfig config;

  /**
   * Creates the architecture.
   *
   * @param config its sizes
   */
  public Esrgan(EsrganConfig config) {
    this.config = config;
  }

  /**
   * Writes the methods {@link #ENLARGE} and {@link #FEATURES}.
   *
   * @param w the checkpoint's root
   * @param script the module to write into
   */
  public void writeTo(Weights w, Script script) {
    Method features = script.method(FEATURES);
    features.returns(features(w, image(features)).to(Precision.Format.FLOAT32));

    Method enlarge = script.method(ENLARGE);
    Tensor large = enlarged(w, features(w, image(enlarge))).to(Precision.Format.FLOAT32);
    enlarge.returns(List.of(large, large.isFinite()));
  }

  private static Tensor image(Method method) {
    return method.tensor("image", EsrganConfig.IMAGE_CHANNELS).toCompute();
  }

  private Tensor features(Weights w, Tensor image) {
    Tensor pixels = config.unshuffle() == 1 ? image : image.pixelUnshuffle(config.unshuffle());
    Tensor first = pixels.channelsLast().conv2d(w.at("conv_first"), config.features(), 3);
    Tensor x = first;
    for (int i = 0; i < config.blocks(); i++) {
      x = block(w.at("body").at(i), x);
    }
    return first.plus(x.conv2d(w.at("conv_body"), config.features(), 3));
  }

  private Tensor enlarged(Weights w, Tensor features) {
    Tensor x = features;
    for (int i = 1; i <= config.doublings(); i++) {
      x = x.upsampleTwice().conv2d(w.at("conv_up" + i), config.features(), 3).leakyRelu(SLOPE);
    }
    return x.conv2d(w.at("conv_hr"), config.features(), 3)
        .leakyRelu(SLOPE)
        .conv2d(w.at("conv_last"), EsrganConfig.IMAGE_CHANNELS, 3);
  }

  private Tensor block(Weights w, Tensor x) {
    Tensor y = x;
    for (int i = 1; i <= DENSE_BLOCKS; i++) {
      y = denseBlock(w.at("rdb" + i), y);
    }
    return x.plus(y.times(RESIDUAL_SCALE));
  }

  /** Each convolution sees what all before it gave. */
  private Tensor denseBlock(Weights w, Tensor x) {
    Tensor seen = x;
    for (int i = 1; i < DENSE_LAYERS; i++) {
      Tensor grown = seen.conv2d(w.at("conv" + i), config.growth(), 3).leakyRelu(SLOPE);
      seen = Tensor.concatenate(1, seen, grown);
    }
    Tensor last = seen.conv2d(w.at("conv" + DENSE_LAYERS), config.features(), 3);
    return x.plus(last.times(RESIDUAL_SCALE));
  }
}
