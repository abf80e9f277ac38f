package io.darkroom.network;

import static io.darkroom.testing.Closeness.assertClose;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.darkroom.testing.Golden;
import io.darkroom.testing.TestDevice;
import io.darkroom.torchscript.LoadedModule;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Script;
import io.darkroom.torchscript.Tensor;
import io.darkroom.torchscript.Weights;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Against transformers 4.45's {@code CLIPTextModel}: a prompt, an empty one and one that fills all
 * 77 places. tiny-inpaint's weights are F32, with the {@code position_ids} of older files.
 */
class TextEncoderParityTest {
  private static final double TOLERANCE = TestDevice.tolerance(1e-4);

  @ParameterizedTest
  @ValueSource(strings = {"tiny-sd1", "tiny-sd2", "tiny-inpaint", "tiny-sdxl"})
  void encodesAsTheReferenceDoes(String model) {
    Golden golden = Golden.open(model + "/text.safetensors");
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule encoder = load(model, manager, TestDevice.precision())) {
      List<NDArray> output = encoder.callForTensors("encode", golden.array("ids", manager));
      assertClose(model + " last", golden.floats("last_hidden_state"), output.get(0), TOLERANCE);
      assertClose(model + " penultimate", golden.floats("hidden.2"), output.get(1), TOLERANCE);
      assertClose(
          model + " penultimate normalized",
          golden.floats("penultimate_final_ln"),
          output.get(2),
          TOLERANCE);
    }
  }

  /** The place of the end is that of the largest id, or of the id that the config names. */
  @ParameterizedTest
  @CsvSource({"2", "1999"})
  void theSecondEncoderProjectsWhatIsAtTheEnd(int endToken) {
    Golden golden = Golden.open("tiny-sdxl/text.safetensors");
    TinyNetwork network = new TinyNetwork("tiny-sdxl", "text_encoder_2");
    TextEncoder encoder =
        new TextEncoder(
            TextEncoderConfig.parse(network.configWith("\"eos_token_id\": " + endToken)));
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule module =
            network.load(
                manager, TestDevice.precision(), (w, script) -> writeBoth(encoder, w, script))) {
      List<NDArray> output = module.callForTensors("encode", golden.array("te2.ids", manager));
      assertClose("penultimate", golden.floats("te2.hidden.3"), output.get(0), TOLERANCE);
      assertClose("projected", golden.floats("te2.text_embeds"), output.get(1), TOLERANCE);
    }
  }

  private static void writeBoth(TextEncoder encoder, Weights w, Script script) {
    Method encode = script.method("encode");
    Tensor ids = encode.tensor("ids", 1);
    List<Tensor> layers = encoder.encode(w, ids);
    Tensor last = encoder.finalNorm(w, layers.get(layers.size() - 1));
    encode.returns(inSingle(layers.get(layers.size() - 2), encoder.project(w, ids, last)));
  }

  /** Weights of 16 bits that are widened at use: those of F16 exactly, to bfloat16 rounded. */
  @ParameterizedTest
  @CsvSource({"FLOAT16, 1e-4", "BFLOAT16, 0.05"})
  void weightsMayBeKeptInHalfTheMemory(Precision.Format storage, double tolerance) {
    Golden golden = Golden.open("tiny-sd1/text.safetensors");
    Precision precision = new Precision(storage, Precision.Format.FLOAT32);
    try (NDManager manager = NDManager.newBaseManager(TestDevice.device(), "PyTorch");
        LoadedModule encoder = load("tiny-sd1", manager, precision)) {
      NDArray last = encoder.callForTensor("encode", golden.array("ids", manager));
      assertClose("stored as " + storage, golden.floats("last_hidden_state"), last, tolerance);
    }
  }

  private static LoadedModule load(String model, NDManager manager, Precision precision) {
    TinyNetwork network = new TinyNetwork(model, "text_encoder");
    TextEncoder encoder = new TextEncoder(TextEncoderConfig.parse(network.config()));
    return network.load(manager, precision, (w, script) -> write(encoder, w, script));
  }

  private static void write(TextEncoder encoder, Weights w, Script script) {
    Method encode = script.method("encode");
    List<Tensor> layers = encoder.encode(w, encode.tensor("ids", 1));
    Tensor last = layers.get(layers.size() - 1);
    Tensor penultimate = layers.get(layers.size() - 2);
    encode.returns(
        inSingle(encoder.finalNorm(w, last), penultimate, encoder.finalNorm(w, penultimate)));
  }

  private static List<Tensor> inSingle(Tensor... results) {
    return Arrays.stream(results).map(result -> result.to(Precision.Format.FLOAT32)).toList();
  }
}
