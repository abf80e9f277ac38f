package io.darkroom.pipeline;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.darkroom.base.OpenResources;
import io.darkroom.torchscript.EngineValue;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * The U-Net that sees one window after the other. Where windows overlap, the mean of their
 * predictions counts: the least squares solution of MultiDiffusion (Bar-Tal et al., arXiv
 * 2302.08113, equation 5) for samplers whose step is linear in the prediction. The memory is that
 * of one window. For one thread.
 */
final class WindowedUNet implements Predictor {
  private static final String CUT = "cut";
  private static final String JOIN = "join";

  private final Predictor run;
  private final LatentWindows windows;
  private final LoadedModule module;
  private final OpenResources resources = new OpenResources();
  private final EngineValue tops;
  private final EngineValue lefts;
  private final EngineValue size;

  /**
   * Joins the parts.
   *
   * @param run the U-Net's calls for latents of a window's size; closed with this
   * @param windows what it sees
   * @param latents {@code [batch, C, h, w]} of the whole
   * @param manager whose device is used
   */
  WindowedUNet(Predictor run, LatentWindows windows, Shape latents, NDManager manager) {
    this.run = resources.keep(run);
    this.windows = windows;
    this.module =
        resources.keep(LoadedModule.load(script(), manager, (name, owner) -> owner.create(0)));
    this.tops = resources.keep(numbers(LatentWindows.Place::top));
    this.lefts = resources.keep(numbers(LatentWindows.Place::left));
    this.size = resources.keep(EngineValue.ofIntegers(latents.get(2), latents.get(3)));
  }

  private EngineValue numbers(ToLongFunction<LatentWindows.Place> number) {
    return EngineValue.ofIntegers(windows.places().stream().mapToLong(number).toArray());
  }

  /** Rolling the latents brings a window to their first row and column, and back. */
  private static Script script() {
    Script script = new Script(Precision.FLOAT32);
    script.raw(
        """
          def cut(self: __torch__.M, w: List[Tensor], x: Tensor, top: int, left: int, height: int,
              width: int) -> Tensor:
            rolled = torch.roll(x, [-top, -left], [2, 3])
            part = torch.slice(torch.slice(rolled, 2, 0, height), 3, 0, width)
            return torch.contiguous(part)
          def join(self: __torch__.M, w: List[Tensor], parts: List[Tensor], tops: List[int],
              lefts: List[int], size: List[int]) -> Tensor:
            first = parts[0]
            below = size[0] - torch.size(first, 2)
            right = size[1] - torch.size(first, 3)
            one = torch.constant_pad_nd(torch.ones_like(first), [0, right, 0, below])
            sum = torch.zeros_like(one)
            count = torch.zeros_like(one)
            for i in range(len(parts)):
              shift = [tops[i], lefts[i]]
              part = torch.constant_pad_nd(parts[i], [0, right, 0, below])
              sum = torch.add(sum, torch.roll(part, shift, [2, 3]))
              count = torch.add(count, torch.roll(one, shift, [2, 3]))
            return torch.div(sum, count)
        """);
    return script;
  }

  @Override
  public NDArray predict(NDArray latents, Optional<NDArray> extra, int evaluation, NDManager step) {
    List<NDArray> parts = new ArrayList<>();
    for (LatentWindows.Place place : windows.places()) {
      try (NDManager window = step.newSubManager()) {
        NDArray seen = cut(latents, place, window);
        Optional<NDArray> beside = extra.map(whole -> cut(whole, place, window));
        parts.add(run.predict(seen, beside, evaluation, step));
      }
    }
    try (EngineValue list = EngineValue.ofTensors(parts);
        EngineValue joined = module.call(JOIN, list, tops, lefts, size)) {
      return joined.tensor(step);
    } finally {
      parts.forEach(NDArray::close);
    }
  }

  private NDArray cut(NDArray whole, LatentWindows.Place place, NDManager owner) {
    try (EngineValue x = EngineValue.of(whole);
        EngineValue top = EngineValue.of((long) place.top());
        EngineValue left = EngineValue.of((long) place.left());
        EngineValue height = EngineValue.of((long) windows.height());
        EngineValue width = EngineValue.of((long) windows.width());
        EngineValue part = module.call(CUT, x, top, left, height, width)) {
      return part.tensor(owner);
    }
  }

  @Override
  public void close() {
    resources.close();
  }
}
