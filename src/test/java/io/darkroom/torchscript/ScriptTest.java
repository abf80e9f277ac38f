package io.darkroom.torchscript;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

class ScriptTest {
  private final Script script = new Script(Precision.FLOAT32);
  private final Weights w = WeightCatalog.ofNewModel().root();

  @Test
  void weightsAreListedInTheOrderOfTheirFirstUse() {
    Method one = script.method("one");
    one.returns(one.tensor("x", 2).linear(w.at("b"), 3));
    Method two = script.method("two");
    two.returns(two.tensor("x", 2).linearWithoutBias(w.at("a"), 3).linear(w.at("b2"), 3));
    Method again = script.method("again");
    again.returns(again.tensor("x", 2).linear(w.at("b"), 3));
    assertEquals(
        List.of("b.weight", "b.bias", "a.weight", "b2.weight", "b2.bias"), script.weightNames());
  }

  @Test
  void theSourceReadsLikeTheNetwork() {
    Method method = script.method("forward");
    Tensor x = method.tensor("x", 2);
    method.integer("step");
    method.returns(x.linear(w.at("layers").at(0), 3).silu());
    assertEquals(
        """
        class M(Module):
          __parameters__ = []
          __buffers__ = []
          def forward(self: __torch__.M, w: List[Tensor], x: Tensor, step: int) -> Tensor:
            w0, w1, = w
            x0 = torch.linear(x, w0, w1)
            x1 = torch.silu(x0)
            return x1
        """,
        script.source());
  }

  @Test
  void aScriptOfPlanesKeepsThem() {
    Script planes = new Script(Precision.FLOAT32, PixelLayout.PLANES);
    for (Script each : List.of(script, planes, planes.onSameWeights())) {
      Method method = each.method("forward");
      method.returns(method.tensor("x", 2).channelsLast().silu());
      assertEquals(each == script, each.source().contains("memory_format"));
    }
  }

  /** Weights in another format than the arithmetic's are converted where they are used. */
  @Test
  void aWeightIsWidenedWhereItIsUsed() {
    Script half = new Script(new Precision(Precision.Format.BFLOAT16, Precision.Format.FLOAT32));
    Method method = half.method("forward");
    method.returns(method.tensor("x", 2).linearWithoutBias(w.at("l"), 3));
    assertEquals(
        List.of(
            "    w0, = w",
            "    x0 = torch.to(w0, 6)",
            "    x1 = torch.linear(x, x0)",
            "    return x1"),
        half.source().lines().skip(4).toList());
  }

  @Test
  void theArchiveHasTheFourRecordsOfTorchScript() throws IOException {
    Method method = script.method("forward");
    method.returns(method.tensor("x", 1).silu());
    Map<String, byte[]> records = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(script.archive()))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        records.put(entry.getName(), zip.readAllBytes());
      }
    }
    assertEquals(
        List.of(
            "darkroom/version",
            "darkroom/constants.pkl",
            "darkroom/data.pkl",
            "darkroom/code/__torch__.py"),
        List.copyOf(records.keySet()));
    assertArrayEquals(new byte[] {(byte) 0x80, 2, ')', '.'}, records.get("darkroom/constants.pkl"));
    assertEquals(
        script.source(),
        new String(records.get("darkroom/code/__torch__.py"), StandardCharsets.UTF_8));
  }

  @Test
  void theArchiveLoads() {
    Method method = script.method("forward");
    method.returns(method.tensor("x", 1).silu());
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        DeviceWeights weights = DeviceWeights.of(List.of());
        Program program = Program.compile(script, manager, weights);
        EngineValue result = program.call("forward", List.of(manager.create(new float[] {0})))) {
      assertEquals(0, result.tensor(manager).getFloat());
    }
  }

  @Test
  void codeThatDoesNotCompileIsAnError() {
    script.raw("  def broken(self: __torch__.M) -> Tensor:\n    return nothing_of_the_kind\n");
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      assertThrows(
          RuntimeException.class,
          () -> Program.compile(script, manager, DeviceWeights.of(List.of())));
    }
  }
}
