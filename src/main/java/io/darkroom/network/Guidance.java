package io.darkroom.network;

import io.darkroom.torchscript.Scalar;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import java.util.List;

/**
 * Classifier-free guidance (Ho and Salimans, arXiv 2207.12598), and the same without its
 * overexposure (Lin et al., arXiv 2305.08891, section 3.4): a picture's guided prediction is
 * brought back to the standard deviation of the prompt's own, wholly or in part.
 *
 * <pre>
 * g = u + w (p - u),   result = phi g std(p) / std(g) + (1 - phi) g
 * </pre>
 */
final class Guidance {
  /** The name of the method. */
  static final String MIX = "guide";

  private static final String MIX_WITH_PICTURE = "guide_by_picture";

  private Guidance() {}

  /**
   * Writes the method {@code (unconditional, conditional, guidance: float, rescale: float) ->
   * Tensor} for predictions in float32, {@code [batch, channels, height, width]}; w is the
   * guidance, phi the rescale.
   *
   * @param script the module to write into
   */
  static void writeTo(Script script) {
    // Roots of mean squares will do: a common factor of the deviations does not matter.
    script.raw(
        """
          def guide(self: __torch__.M, w: List[Tensor], unconditional: Tensor, conditional: Tensor,
              guidance: float, rescale: float) -> Tensor:
            if rescale > 0.:
              difference = torch.sub(conditional, unconditional)
              guided = torch.add(unconditional, torch.mul(difference, guidance))
              mixed = (self).rescaled(w, guided, conditional, rescale, )
            else:
              mixed = torch.lerp(unconditional, conditional, guidance)
            return mixed
          def guide_by_picture(self: __torch__.M, w: List[Tensor], neither: Tensor,
              picture: Tensor, both: Tensor, guidance: float, picture_guidance: float,
              rescale: float) -> Tensor:
            towards = torch.mul(torch.sub(picture, neither), picture_guidance)
            guided = torch.add(torch.add(neither, towards),
                torch.mul(torch.sub(both, picture), guidance))
            if rescale > 0.:
              mixed = (self).rescaled(w, guided, both, rescale, )
            else:
              mixed = guided
            return mixed
          def rescaled(self: __torch__.M, w: List[Tensor], guided: Tensor, own: Tensor,
              rescale: float) -> Tensor:
            ratio = torch.div((self).deviation(w, own, ), (self).deviation(w, guided, ))
            return torch.mul(guided, torch.add(torch.mul(ratio, rescale), 1. - rescale))
          def deviation(self: __torch__.M, w: List[Tensor], x: Tensor) -> Tensor:
            rows = torch.reshape(x, [torch.size(x, 0), -1])
            centred = torch.sub(rows, torch.mean(rows, [1], True))
            squares = torch.mean(torch.square(centred), [1], True)
            return torch.reshape(torch.sqrt(squares), [-1, 1, 1, 1])
        """);
  }

  /**
   * Calls the method.
   *
   * @param unconditional u
   * @param conditional p, of the same shape
   * @param guidance w
   * @param rescale phi
   * @return the result, of the same shape
   */
  static Tensor mix(Tensor unconditional, Tensor conditional, Scalar guidance, Scalar rescale) {
    return unconditional
        .method()
        .callOwn(unconditional.channels(), MIX, unconditional, conditional, guidance, rescale);
  }

  /**
   * Mixes three branches (Brooks et al., arXiv 2211.09800, equation 3): {@code e0 + v (e1 - e0) + w
   * (e2 - e1)}.
   *
   * @param branches those of {@link Branches#PICTURE_AND_PROMPT}
   * @param guidance w
   * @param pictureGuidance v
   * @param rescale phi
   * @return the result, of the same shape
   */
  static Tensor mixWithPicture(
      List<Tensor> branches, Scalar guidance, Scalar pictureGuidance, Scalar rescale) {
    Tensor neither = branches.get(0);
    return neither
        .method()
        .callOwn(
            neither.channels(),
            MIX_WITH_PICTURE,
            neither,
            branches.get(1),
            branches.get(2),
            guidance,
            pictureGuidance,
            rescale);
  }
}
