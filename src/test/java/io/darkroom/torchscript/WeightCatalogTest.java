package io.darkroom.torchscript;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.darkroom.base.ModelException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WeightCatalogTest {
  private final Map<String, long[]> shapes = new LinkedHashMap<>();

  @Test
  void aPathIsTheNameInTheFile() {
    Weights root = WeightCatalog.ofNewModel().root();
    assertEquals("", root.path());
    assertEquals("down.0.conv", root.at("down").at(0).at("conv").path());
    assertEquals("to_out.0.bias", root.at("to_out.0").at("bias").path());
  }

  @Test
  void whatIsMissingIsNamed() {
    shapes.put("conv.weight", new long[] {2, 3});
    WeightCatalog catalog = WeightCatalog.of("model.safetensors", shapes);
    assertSays(
        "model.safetensors: the weight conv.bias is missing", () -> catalog.use("conv.bias", 2));
  }

  @Test
  void aWrongShapeIsShownBesideTheRightOne() {
    shapes.put("conv.weight", new long[] {2, 3});
    WeightCatalog catalog = WeightCatalog.of("model.safetensors", shapes);
    assertSays(
        "model.safetensors: the weight conv.weight has the shape [2, 3], but the config asks for"
            + " [2, 4]",
        () -> catalog.use("conv.weight", 2, 4));
    assertSays(
        "model.safetensors: the weight conv.weight has the shape [2, 3], but the config asks for"
            + " [2, 3, 1]",
        () -> catalog.use("conv.weight", 2, 3, 1));
  }

  @Test
  void whatNobodyAsksForIsNamed() {
    for (String name : new String[] {"used", "a", "b", "leftover", "c", "d", "e"}) {
      shapes.put(name, new long[] {1});
    }
    WeightCatalog catalog = WeightCatalog.of("model.safetensors", shapes);
    catalog.use("used", 1);
    String rest =
        "; config and weights belong to different models, or Darkroom does not support"
            + " this kind";
    assertSays(
        "model.safetensors: the config has no place for the weight a, b, c and 2 more" + rest,
        () -> catalog.requireAllUsed("leftover"::equals));
    catalog.use("a", 1);
    catalog.use("b", 1);
    catalog.use("c", 1);
    catalog.use("d", 1);
    assertSays(
        "model.safetensors: the config has no place for the weight e" + rest,
        () -> catalog.requireAllUsed("leftover"::equals));
    catalog.use("e", 1);
    catalog.requireAllUsed("leftover"::equals);
  }

  @Test
  void aNewModelTakesDownWhatIsAskedFor() {
    WeightCatalog catalog = WeightCatalog.ofNewModel();
    catalog.use("b", 2, 3);
    catalog.use("a", 4);
    catalog.use("b", 2, 3);
    assertArrayEquals(new String[] {"b", "a"}, catalog.shapes().keySet().toArray());
    assertArrayEquals(new long[] {2, 3}, catalog.shapes().get("b"));
    assertSays(
        "a new model: the weight b has the shape [2, 3], but the config asks for [3, 2]",
        () -> catalog.use("b", 3, 2));
    catalog.requireAllUsed(name -> false);
  }

  private static void assertSays(String message, Runnable action) {
    assertEquals(message, assertThrows(ModelException.class, action::run).getMessage());
  }
}
