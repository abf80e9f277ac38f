package io.darkroom.torchscript;

import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Which {@link AttentionForm} a {@link Script} uses for which shape in bfloat16. All other
 * attention is computed whole.
 *
 * @param chosen only forms other than {@link AttentionForm#WHOLE}
 */
public record AttentionForms(Map<AttentionShape, AttentionForm> chosen) {
  /** All attention is computed whole. */
  public static final AttentionForms NONE = new AttentionForms(Map.of());

  /**
   * The method that computes in blocks, in a script with {@link #source}: {@code (q, k, v, queries,
   * heads, width)}.
   */
  public static final String BLOCKS = "attend_in_blocks";

  private static final String CHOICE = "attend";

  /**
   * The scale is applied by the product, before its result is rounded. Blocks of heads come first:
   * their keys and values stay in the cache while the queries' blocks pass.
   */
  private static final String SOURCE =
      """
        def attend_in_blocks(self: __torch__.M, w: List[Tensor], q: Tensor, k: Tensor, v: Tensor,
            queries: int, heads: int, width: int) -> Tensor:
          batch, count, length, own = torch.size(q)
          _0, _1, keys, _2 = torch.size(k)
          scale = torch.div(1., torch.sqrt(own))
          filled = max(width, own)
          fill = [0, filled - own]
          a = torch.reshape(torch.constant_pad_nd(q, fill), [batch * count, length, filled])
          b = torch.reshape(torch.constant_pad_nd(k, fill), [batch * count, keys, filled])
          c = torch.reshape(torch.constant_pad_nd(v, fill), [batch * count, keys, filled])
          b = torch.transpose(b, 1, 2)
          result = torch.empty_like(a)
          for i in range((batch * count + heads - 1) // heads):
            first = i * heads
            last = min(batch * count, first + heads)
            seen = torch.slice(b, 0, first, last)
            told = torch.slice(c, 0, first, last)
            for j in range((length + queries - 1) // queries):
              begin = j * queries
              end = min(length, begin + queries)
              block = torch.slice(torch.slice(a, 0, first, last), 1, begin, end)
              scores = torch.empty([last - first, end - begin, keys], dtype=ops.prim.dtype(q),
                  device=ops.prim.device(q))
              _3 = torch.baddbmm_(scores, block, seen, beta=0, alpha=scale)
              shares = torch.softmax(scores, -1)
              place = torch.slice(torch.slice(result, 0, first, last), 1, begin, end)
              _4 = torch.copy_(place, torch.bmm(shares, told))
          whole = torch.reshape(result, [batch, count, length, filled])
          return torch.slice(whole, 3, 0, own)
        def attend(self: __torch__.M, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
          queries, heads, width = 0, 0, 0
          if ops.prim.dtype(q) == 15:
            shape = [torch.size(q, 0) * torch.size(q, 1), torch.size(q, 2), torch.size(k, 2),
                torch.size(q, 3)]
      %s
          if queries == 0:
            result = torch.scaled_dot_product_attention(q, k, v)
          else:
            weights = annotate(List[Tensor], [])
            result = (self).attend_in_blocks(weights, q, k, v, queries, heads, width)
          return result
      """;

  private static final String CHOICE_OF_ONE =
      """
            if shape == [%d, %d, %d, %d]:
              queries, heads, width = %d, %d, %d
      """;

  /** Takes its own copy, without those that are computed whole. */
  public AttentionForms {
    chosen =
        chosen.entrySet().stream()
            .filter(entry -> !entry.getValue().equals(AttentionForm.WHOLE))
            .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /**
   * The function that chooses for itself.
   *
   * @return what stands for {@code scaled_dot_product_attention} in a script with {@link #source}
   */
  Operator operator() {
    return chosen.isEmpty() ? Operators.ATTENTION : Choosing.ATTENTION;
  }

  /**
   * The methods in TorchScript.
   *
   * @return their text, indented by two spaces
   */
  public String source() {
    StringBuilder choices = new StringBuilder();
    Map<String, AttentionShape> sorted = new TreeMap<>(); // one text for equal forms
    chosen.keySet().forEach(shape -> sorted.put(shape.toString(), shape));
    for (AttentionShape shape : sorted.values()) {
      AttentionForm form = chosen.get(shape);
      choices.append(
          CHOICE_OF_ONE.formatted(
              shape.heads(),
              shape.queries(),
              shape.keys(),
              shape.width(),
              form.queries(),
              form.heads(),
              form.width()));
    }
    return SOURCE.formatted(choices.isEmpty() ? "" : choices.toString().stripTrailing());
  }

  /** It costs what libtorch's own costs. */
  private enum Choosing implements Operator {
    ATTENTION;

    @Override
    public String function() {
      return Operator.ofModule(CHOICE);
    }

    @Override
    public Value count(OperatorCall call) {
      return Operators.ATTENTION.count(call);
    }
  }
}
