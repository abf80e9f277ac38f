package io.darkroom.torchscript;

/**
 * A path into a checkpoint: {@code w.at("down_blocks").at(0).at("conv")}. The path of a weight is
 * its name in the file.
 */
public final class Weights {
  private final WeightCatalog catalog;
  private final String path;

  Weights(WeightCatalog catalog, String path) {
    this.catalog = catalog;
    this.path = path;
  }

  /**
   * Goes one name down.
   *
   * @param name a module's name, or several joined by dots
   * @return the longer path
   */
  public Weights at(String name) {
    return new Weights(catalog, path.isEmpty() ? name : path + "." + name);
  }

  /**
   * Goes down to one of a numbered list.
   *
   * @param index from 0
   * @return the longer path
   */
  public Weights at(int index) {
    return at(Integer.toString(index));
  }

  /**
   * The full name.
   *
   * @return the path, its parts joined by dots
   */
  public String path() {
    return path;
  }

  /**
   * Asks for this weight.
   *
   * @param shape the shape that the network gives it
   * @throws io.darkroom.base.ModelException if the checkpoint has no such weight, or of another
   *     shape
   */
  void use(long... shape) {
    catalog.use(path, shape);
  }
}
