package io.darkroom.cli.option;

import java.util.Iterator;
import java.util.List;

/** The words that values of options are made of, for a shell to offer. */
public final class Words {
  private Words() {}

  /** What {@code --device} takes. */
  public static final class Devices implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of("auto", "cpu", "cuda", "cuda:0", "cuda:1", "all").iterator();
    }
  }

  /** What {@code --dtype} takes. */
  public static final class Precisions implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of("auto", "fp32", "fp16", "bf16").iterator();
    }
  }

  /** What {@code --offload} takes. */
  public static final class Offloads implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of("auto", "never", "always").iterator();
    }
  }

  /** What {@code --variant} takes. */
  public static final class Variants implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return List.of("fp16").iterator();
    }
  }
}
