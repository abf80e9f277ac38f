package io.darkroom.lora;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.darkroom.base.ModelException;
import io.darkroom.model.Component;
import io.darkroom.model.ComponentWeights;
import io.darkroom.model.DiffusersDirectory;
import io.darkroom.model.ModelSource;
import io.darkroom.testing.PytorchWriter;
import io.darkroom.testing.TestModels;
import io.darkroom.weights.SafetensorsWriter;
import io.darkroom.weights.StoredType;
import io.darkroom.weights.TensorData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class AdaptersTest {
  private static final ModelSource MODEL =
      DiffusersDirectory.open(TestModels.directory("tiny-sd1"));
  private static final AdaptableLayers LAYERS =
      AdaptableLayers.of(MODEL, List.of(Component.UNET, Component.TEXT_ENCODER));
  private static final String QUERY = "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q";
  private static final String CONV = "down_blocks.0.resnets.0.conv1";
  private static final String FLAT_CONV = "lora_unet_down_blocks_0_resnets_0_conv1";

  @TempDir Path folder;

  private final Random random = new Random(7);

  @ParameterizedTest
  @EnumSource(
      value = StoredType.class,
      names = {"F32", "F16", "BF16"})
  void mergingAMatrixEqualsTheLowRankPath(StoredType type) throws IOException {
    for (int trial = 0; trial < 8; trial++) {
      int rank = 1 + random.nextInt(6);
      float alpha = 1 + random.nextInt(8); // exact in every format
      TensorData up = exact(16, rank);
      TensorData down = exact(rank, 16);
      Map<String, TensorData> tensors = new LinkedHashMap<>();
      tensors.put("lora_unet_" + QUERY.replace('.', '_') + ".lora_up.weight", up);
      tensors.put("lora_unet_" + QUERY.replace('.', '_') + ".lora_down.weight", down);
      tensors.put(
          "lora_unet_" + QUERY.replace('.', '_') + ".alpha", TensorData.of(new float[] {alpha}));
      Path file = write("trial" + trial, type, tensors);
      try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
        float[] base = load(manager, QUERY + ".weight");
        float[] merged = load(manager, QUERY + ".weight", new LoraChoice(file, 0.7));
        float[] x = exact(16, 1).values().get();
        for (int row = 0; row < 16; row++) {
          double direct = 0;
          double path = 0;
          for (int i = 0; i < 16; i++) {
            direct += merged[row * 16 + i] * x[i];
            path += base[row * 16 + i] * x[i];
          }
          for (int r = 0; r < rank; r++) {
            double inner = 0;
            for (int i = 0; i < 16; i++) {
              inner += down.values().get()[r * 16 + i] * x[i];
            }
            path += 0.7 * alpha / rank * up.values().get()[row * rank + r] * inner;
          }
          assertEquals(path, direct, 1e-4);
        }
      }
    }
  }

  @Test
  void whatManyLorasNeedOnTheWayIsFreed() throws IOException {
    String layer = "lora_unet_" + QUERY.replace('.', '_');
    List<LoraChoice> loras = new ArrayList<>();
    List<Integer> left = new ArrayList<>();
    for (int count = 1; count <= 4; count++) {
      Map<String, TensorData> tensors = new LinkedHashMap<>();
      tensors.put(layer + ".lora_up.weight", exact(16, 2));
      tensors.put(layer + ".lora_down.weight", exact(2, 16));
      loras.add(new LoraChoice(write("lora" + count, StoredType.F32, tensors), 0.7));
      try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
        load(manager, QUERY + ".weight", loras.toArray(LoraChoice[]::new));
        left.add(manager.getManagedArrays().size());
      }
    }
    assertEquals(List.of(0, 0, 0, 0), left);
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void aConvolutionIsMergedWithAndWithoutAMiddleKernel(boolean middle) throws IOException {
    int rank = 3;
    TensorData up = exact(16, rank, 1, 1);
    TensorData mid = exact(rank, rank, 3, 3);
    TensorData down = middle ? exact(rank, 16, 1, 1) : exact(rank, 16, 3, 3);
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put(FLAT_CONV + ".lora_up.weight", up);
    tensors.put(FLAT_CONV + ".lora_down.weight", down);
    if (middle) {
      tensors.put(FLAT_CONV + ".lora_mid.weight", mid);
    }
    Path file = write("conv", StoredType.F32, tensors);
    float[] u = up.values().get();
    float[] m = mid.values().get();
    float[] d = down.values().get();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      float[] base = load(manager, CONV + ".weight");
      float[] merged = load(manager, CONV + ".weight", new LoraChoice(file, -0.5));
      assertEquals(16 * 16 * 9, base.length);
      for (int o = 0; o < 16; o++) {
        for (int i = 0; i < 16; i++) {
          for (int k = 0; k < 9; k++) {
            double delta = 0;
            for (int p = 0; p < rank; p++) {
              if (middle) {
                for (int q = 0; q < rank; q++) {
                  delta += u[o * rank + p] * m[(p * rank + q) * 9 + k] * d[q * 16 + i];
                }
              } else {
                delta += u[o * rank + p] * d[(p * 16 + i) * 9 + k];
              }
            }
            int at = (o * 16 + i) * 9 + k;
            assertEquals(base[at] - 0.5 * delta, merged[at], 1e-4); // no alpha: alpha is the rank
          }
        }
      }
    }
  }

  /** Factors as files by diffusers since 0.34 have them in their header. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | 1",
        "{\"unet.lora_alpha\": 8, \"unet.r\": 2} | 4",
        "{\"text_encoder.lora_alpha\": 8} | 1",
        "{\"unet.lora_alpha\": 8, \"unet.alpha_pattern\": {\"attn1.to_q\": 3}} | 1.5",
        "{\"unet.lora_alpha\": 8, \"unet.alpha_pattern\": {\"attn1.to_k\": 3}} | 4",
        "{\"unet.lora_alpha\": 8, \"unet.use_rslora\": true} | 5.656854249",
      })
  void theHeaderTellsAlphaWhereNoTensorDoes(String settings, double scale) throws IOException {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put("unet." + QUERY + ".lora_B.weight", exact(16, 2));
    tensors.put("unet." + QUERY + ".lora_A.weight", exact(2, 16));
    Path plain = write("plain", StoredType.F32, tensors);
    Path told = folder.resolve("told.safetensors");
    new SafetensorsWriter(StoredType.F32)
        .write(told, tensors, Map.of("lora_adapter_metadata", settings));
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      float[] expected = load(manager, QUERY + ".weight", new LoraChoice(plain, scale));
      float[] actual = load(manager, QUERY + ".weight", new LoraChoice(told, 1));
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], actual[i], 1e-6);
      }
    }
    new SafetensorsWriter(StoredType.F32)
        .write(told, tensors, Map.of("lora_adapter_metadata", "[" + settings + "]"));
    assertMessage(told, "lora_adapter_metadata is not a JSON object");
  }

  @Test
  void aFileOfPeftsOwnHasNoAlpha() throws IOException {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put("base_model.model." + QUERY + ".lora_B.weight", exact(16, 2));
    tensors.put("base_model.model." + QUERY + ".lora_A.weight", exact(2, 16));
    Path file = write("pefts", StoredType.F32, tensors);
    try (Adapters adapters = open(new LoraChoice(file, 1))) {
      assertEquals(1, adapters.warnings().size());
      assertTrue(adapters.warnings().get(0).contains("which is not beside it"));
    }
    tensors.put("base_model.model." + QUERY + ".alpha", TensorData.of(new float[] {2}));
    try (Adapters adapters = open(new LoraChoice(write("alpha", StoredType.F32, tensors), 1))) {
      assertEquals(List.of(), adapters.warnings());
    }
  }

  /** What trainers write into the header, which others ignore: a quarter of the strength. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ss_network_alpha | 0.5 | 0.25",
        "ss_network_alpha | None | 1",
        "alpha | 1 | 0.5",
        "lora_alpha | 8.0 | 4",
      })
  void theHeaderOfATrainerTellsAlphaToo(String key, String value, double scale) throws IOException {
    Map<String, TensorData> tensors = pair(FLAT_CONV, 16, 16, 3);
    Path told = folder.resolve("told.safetensors");
    new SafetensorsWriter(StoredType.F32).write(told, tensors, Map.of(key, value));
    assertSameChange(write("plain", StoredType.F32, tensors), scale, told);
    // A kernel may have an alpha of its own, and a tensor counts more than any header.
    Map<String, String> header =
        Map.of("ss_network_alpha", "5", "ss_network_args", "{\"conv_alpha\": \"3\"}");
    new SafetensorsWriter(StoredType.F32).write(told, tensors, header);
    assertSameChange(folder.resolve("plain.safetensors"), 1.5, told);
    Map<String, TensorData> withAlpha = new LinkedHashMap<>(tensors);
    withAlpha.put(FLAT_CONV + ".alpha", TensorData.of(new float[] {7}));
    new SafetensorsWriter(StoredType.F32).write(told, withAlpha, header);
    assertSameChange(folder.resolve("plain.safetensors"), 3.5, told);
  }

  /** A folder as peft writes it: matrices in one file, alpha in the other. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"lora_alpha\": 8, \"r\": 2} | 4",
        "{\"lora_alpha\": 8, \"r\": 2, \"use_rslora\": true} | 5.656854249",
        "{\"lora_alpha\": 8, \"r\": 9, \"rank_pattern\": {\"conv1\": 2}} | 4",
        "{\"lora_alpha\": 8, \"alpha_pattern\": {\"resnets.0.conv1\": 1, \"conv1\": 3}} | 0.5",
        "{\"lora_alpha\": 8, \"alpha_pattern\": {\"^conv1\": 1, \"v1\": 3}} | 4",
      })
  void peftsSettingsBesideAFileAreRead(String settings, double scale) throws IOException {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put("base_model.model." + CONV + ".lora_A.weight", exact(2, 16, 3, 3));
    tensors.put("base_model.model." + CONV + ".lora_B.weight", exact(16, 2, 1, 1));
    Path peft = write("adapter_model", StoredType.F32, tensors);
    Path plain = write("plain", StoredType.F32, tensors);
    String without = Adapters.fingerprint("", List.of(new LoraChoice(peft, 1)), LoraHash::of);
    Files.writeString(folder.resolve("adapter_config.json"), settings);
    try (Adapters adapters = open(new LoraChoice(peft, 1))) {
      assertEquals(List.of(), adapters.warnings());
    }
    assertSameChange(plain, scale, peft);
    assertNotEquals(
        without, Adapters.fingerprint("", List.of(new LoraChoice(peft, 1)), LoraHash::of));
  }

  private void assertSameChange(Path plain, double scale, Path told) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      float[] expected = load(manager, CONV + ".weight", new LoraChoice(plain, scale));
      float[] actual = load(manager, CONV + ".weight", new LoraChoice(told, 1));
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], actual[i], 1e-5);
      }
    }
  }

  /** Of a pickle the project's own reader takes the tensors, and nothing else. */
  @Test
  void aFileOfPytorchIsRead() throws IOException {
    Map<String, TensorData> tensors = pair(FLAT_CONV, 16, 16, 3);
    Map<String, PytorchWriter.Tensor> stored = new LinkedHashMap<>();
    tensors.forEach(
        (name, data) ->
            stored.put(
                name,
                PytorchWriter.Tensor.of(
                    data.values().get(),
                    data.shape().stream().mapToLong(Long::longValue).toArray())));
    Path plain = write("plain", StoredType.F32, tensors);
    Path pickle = folder.resolve("lora.bin");
    PytorchWriter.write(pickle, stored);
    assertSameChange(plain, 1, pickle);
    PytorchWriter.writeSequence(pickle, stored);
    assertSameChange(plain, 1, pickle);
  }

  /** The first of a LoRA's ranks alone, at the scale of all. */
  @Test
  void aLoraMayBeCutToItsFirstRanks() throws IOException {
    TensorData up = exact(16, 3, 1, 1);
    TensorData down = exact(3, 16, 3, 3);
    Path whole =
        write(
            "whole",
            StoredType.F32,
            Map.of(FLAT_CONV + ".lora_up.weight", up, FLAT_CONV + ".lora_down.weight", down));
    float[] cut = up.values().get().clone();
    for (int row = 0; row < 16; row++) {
      cut[3 * row + 2] = 0;
    }
    Path zeros =
        write(
            "zeros",
            StoredType.F32,
            Map.of(
                FLAT_CONV + ".lora_up.weight",
                TensorData.of(cut, 16, 3, 1, 1),
                FLAT_CONV + ".lora_down.weight",
                down));
    LoraStrength two = new LoraStrength(1, 1, OptionalInt.of(2));
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      float[] expected = load(manager, CONV + ".weight", new LoraChoice(zeros, 1));
      float[] actual = load(manager, CONV + ".weight", new LoraChoice(whole, two));
      for (int i = 0; i < expected.length; i++) {
        assertEquals(expected[i], actual[i], 1e-5);
      }
      // With no strength in the U-Net it stays as it is.
      LoraStrength none = new LoraStrength(1, 0, OptionalInt.empty());
      assertArrayEquals(
          load(manager, CONV + ".weight"),
          load(manager, CONV + ".weight", new LoraChoice(whole, none)));
    }
  }

  /** Text encoders' layers with and without what all of them begin with. */
  @Test
  void aTextEncodersLayersAreFoundWithoutTheirCommonBeginning() {
    String weight = "text_model.encoder.layers.0.mlp.fc1.weight";
    Map<String, String> layers = LoraKeys.layers(List.of(weight));
    assertEquals(weight, layers.get("text_model_encoder_layers_0_mlp_fc1"));
    assertEquals(weight, layers.get("encoder_layers_0_mlp_fc1"));
    String bare = "encoder.layers.0.mlp.fc1.weight";
    assertEquals(bare, LoraKeys.layers(List.of(bare)).get("text_model_encoder_layers_0_mlp_fc1"));
  }

  /** Whatever names and shapes a file has, it is merged or refused in one line. */
  @Test
  void noFileMakesItFail() throws IOException {
    String[] layers = {
      FLAT_CONV,
      "unet." + QUERY,
      "lora_te_text_model_encoder_layers_0_self_attn_q_proj",
      "base_model.model." + CONV,
      "lycoris_conv_in",
      "",
      "."
    };
    Map<String, long[]> parts = new LinkedHashMap<>();
    parts.put(".lora_up.weight", new long[] {16, 2, 1, 1});
    parts.put(".lora_down.weight", new long[] {2, 16, 3, 3});
    parts.put(".alpha", new long[] {});
    parts.put(".dora_scale", new long[] {16, 1, 1, 1});
    parts.put(".lora_mid.weight", new long[] {2, 2, 3, 3});
    parts.put(".lora_magnitude_vector", new long[] {16});
    parts.put(".lora_A.x.weight", new long[] {2, 16});
    parts.put(".lora_B", new long[] {16, 2});
    parts.put(".lora_B.bias", new long[] {16});
    parts.put(".diff", new long[] {16, 16, 3, 3});
    parts.put(".diff_b", new long[] {16});
    parts.put(".w_norm", new long[] {16});
    parts.put(".hada_w1_a", new long[] {16, 2});
    parts.put(".hada_w1_b", new long[] {2, 144});
    parts.put(".hada_w2_a", new long[] {16, 2});
    parts.put(".hada_w2_b", new long[] {2, 144});
    parts.put(".hada_t1", new long[] {2, 2, 3, 3});
    parts.put(".hada_t2", new long[] {2, 2, 3, 3});
    parts.put(".lokr_w1", new long[] {4, 4});
    parts.put(".lokr_w2", new long[] {4, 4, 3, 3});
    parts.put(".lokr_w1_a", new long[] {4, 2});
    parts.put(".lokr_w1_b", new long[] {2, 4});
    parts.put(".lokr_w2_a", new long[] {4, 2});
    parts.put(".lokr_w2_b", new long[] {2, 36});
    parts.put(".lokr_t2", new long[] {2, 2, 3, 3});
    parts.put(".on_input", new long[] {});
    parts.put(".weight", new long[] {1, 16, 1, 1});
    parts.put(".oft_blocks", new long[] {4, 4, 4});
    parts.put(".rescale", new long[] {16, 1, 1, 1});
    parts.put(".lora_A..weight", new long[] {2, 16});
    parts.put(".processor.to_q_lora.up.weight", new long[] {16, 2});
    List<String> endings = List.copyOf(parts.keySet());
    long[][] shapes = {
      {}, {0}, {1}, {16}, {16, 16}, {16, 0}, {0, 16}, {1, 16, 1, 1}, {4, 4, 4}, {2, 2, 3, 3}
    };
    int merged = 0;
    for (int trial = 0; trial < 400; trial++) {
      Map<String, TensorData> tensors = new LinkedHashMap<>();
      String layer = layers[random.nextInt(2) * random.nextInt(layers.length)];
      // Parts that stand side by side belong together, most of the time.
      int first = random.nextInt(endings.size());
      for (int i = first; i < Math.min(endings.size(), first + 1 + random.nextInt(5)); i++) {
        String ending = endings.get(random.nextInt(8) == 0 ? random.nextInt(endings.size()) : i);
        boolean odd = random.nextInt(6) == 0;
        tensors.put(
            layer + ending, exact(odd ? shapes[random.nextInt(shapes.length)] : parts.get(ending)));
      }
      Path file = write("fuzz", StoredType.F32, tensors);
      try (Adapters adapters = open(new LoraChoice(file, 1));
          NDManager manager = NDManager.newBaseManager(Device.cpu());
          ComponentWeights weights = MODEL.weights(Component.UNET)) {
        for (String name : List.of(CONV + ".weight", QUERY + ".weight", CONV + ".bias")) {
          long[] shape = weights.shapes().get(name);
          NDArray changed = adapters.merging(Component.UNET, weights).apply(name, manager);
          assertArrayEquals(shape, changed.getShape().getShape(), tensors.keySet().toString());
        }
        merged++;
      } catch (ModelException e) {
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
      } catch (RuntimeException e) {
        throw new AssertionError(trial + " " + tensors, e);
      }
    }
    assertTrue(merged > 20, "merged " + merged);
  }

  @Test
  void keysThatMatchNothingAreNamedInOneWarning() throws IOException {
    Map<String, TensorData> tensors = pair(FLAT_CONV, 16, 16, 3);
    for (int i = 0; i < 5; i++) {
      tensors.putAll(pair("lora_unet_nowhere_" + i, 4, 4, 1));
    }
    Path file = write("some", StoredType.F32, tensors);
    try (Adapters adapters = open(new LoraChoice(file, 1))) {
      assertEquals(1, adapters.warnings().size());
      String warning = adapters.warnings().get(0);
      assertTrue(warning.contains("5 of its layers") && warning.contains("nowhere_2"), warning);
      assertTrue(!warning.contains("nowhere_3"), warning);
    }
  }

  @Test
  void aLoraOfAnotherFamilyIsRefusedWithItsName() throws IOException {
    String layer = "lora_unet_" + QUERY.replace('.', '_').replace("attn1_to_q", "attn2_to_k");
    Path second = write("second", StoredType.F32, pair(layer, 16, 1024, 1));
    assertMessage(second, "does not fit", "for Stable Diffusion 2.x", "is Stable Diffusion 1.x");
    Path large =
        write(
            "large",
            StoredType.F32,
            pair("lora_unet_input_blocks_8_1_transformer_blocks_9_attn2_to_k", 64, 2048, 1));
    assertMessage(
        large, "is not for the model", "for Stable Diffusion XL", "is Stable Diffusion 1.x");
    for (String[] other :
        new String[][] {
          {"lora_unet_double_blocks_0_img_attn_qkv", "Flux"},
          {"transformer.single_transformer_blocks.12.attn.to_q", "Flux"},
          {"lora_unet_joint_blocks_1_x_block_attn_qkv", "Stable Diffusion 3"},
        }) {
      assertMessage(write("other", StoredType.F32, pair(other[0], 16, 16, 1)), "for " + other[1]);
    }
    // One of the same family that does not fit names no family.
    Path narrow = write("narrow", StoredType.F32, pair("lora_unet_conv_in", 4, 4, 3));
    String message =
        assertThrows(ModelException.class, () -> open(new LoraChoice(narrow, 1))).getMessage();
    assertTrue(message.contains("[4, 4, 3, 3]") && !message.contains("LoRA for"), message);
  }

  @Test
  void whatIsNoLoraIsRefused() throws IOException {
    assertMessage(TestModels.weights("tiny-sd1", "unet"), "is not a LoRA");
    assertMessage(folder.resolve("nothing.safetensors"), "there is no such file");
    for (String[] kind :
        new String[][] {
          {".oft_diag", "OFT of an early form"},
          {".oft_r.default", "peft's OFT"},
          {".boft_R", "BOFT"},
          {".ia3_l", "peft's (IA)^3"},
          {".a1.weight", "GLoRA"},
          {".vera_lambda_b", "VeRA"},
          {".bias_values", "sparse biases"}
        }) {
      Map<String, TensorData> tensors = pair(FLAT_CONV, 16, 16, 3);
      tensors.put(FLAT_CONV + kind[0], exact(2, 2));
      assertMessage(write("other", StoredType.F32, tensors), kind[1], "is not supported");
    }
    Map<String, TensorData> butterfly = Map.of(FLAT_CONV + ".oft_blocks", exact(2, 4, 4, 4));
    assertMessage(write("other", StoredType.F32, butterfly), "BOFT", "is not supported");
    Map<String, TensorData> half = pair(FLAT_CONV, 16, 16, 3);
    half.remove(FLAT_CONV + ".lora_up.weight");
    assertMessage(write("half", StoredType.F32, half), "lacks one of its two matrices");
    Map<String, TensorData> ranks = pair(FLAT_CONV, 16, 16, 3);
    ranks.put(FLAT_CONV + ".lora_up.weight", exact(16, 5, 1, 1));
    assertMessage(write("ranks", StoredType.F32, ranks), "[16, 5, 1, 1] and [2, 16, 3, 3]", "rank");
    Map<String, TensorData> flat = pair(FLAT_CONV, 16, 16, 3);
    flat.put(FLAT_CONV + ".lora_down.weight", exact(16));
    assertMessage(write("flat", StoredType.F32, flat), "are not the two matrices");
    Map<String, TensorData> alphas = pair(FLAT_CONV, 16, 16, 3);
    alphas.put(FLAT_CONV + ".alpha", exact(2));
    assertMessage(write("alphas", StoredType.F32, alphas), ".alpha is not a single number");
    for (float alpha : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      Map<String, TensorData> infinite = pair(FLAT_CONV, 16, 16, 3);
      infinite.put(FLAT_CONV + ".alpha", TensorData.of(new float[] {alpha}));
      for (StoredType type : List.of(StoredType.F32, StoredType.F16, StoredType.BF16)) {
        assertMessage(write("infinite", type, infinite), ".alpha is " + alpha);
      }
    }
    Path eight = write("eight", StoredType.F32, pair(FLAT_CONV, 16, 16, 3));
    retype(eight, "F32", "U32");
    assertMessage(eight, "lora_up.weight is stored as U32", "convert it to F16");
    Map<String, TensorData> empty = pair(FLAT_CONV, 16, 16, 3);
    empty.put(FLAT_CONV + ".lora_up.weight", exact(16, 0, 1, 1));
    empty.put(FLAT_CONV + ".lora_down.weight", exact(0, 16, 3, 3));
    assertMessage(write("empty", StoredType.F32, empty), "have the rank 0");
    Path whole = write("whole", StoredType.F32, pair(FLAT_CONV, 16, 16, 3));
    byte[] bytes = Files.readAllBytes(whole);
    Path cut = folder.resolve("cut.safetensors");
    Files.write(cut, java.util.Arrays.copyOf(bytes, bytes.length - 10));
    assertMessage(cut, "cut.safetensors");
    ModelException twice =
        assertThrows(
            ModelException.class, () -> open(new LoraChoice(whole, 1), new LoraChoice(whole, 1)));
    assertTrue(twice.getMessage().contains("two LoRAs have the name"), twice.getMessage());
  }

  /** The SDXL U-Net has three levels of two blocks, SD 1 four; the numbers are the original's. */
  @ParameterizedTest
  @CsvSource({
    "3, input_blocks_4_1_transformer_blocks_0_attn1_to_q,"
        + " down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q",
    "3, input_blocks_7_0_in_layers_2, down_blocks.2.resnets.0.conv1",
    "3, input_blocks_6_0_op, down_blocks.1.downsamplers.0.conv",
    "3, middle_block_1_proj_in, mid_block.attentions.0.proj_in",
    "3, middle_block_2_out_layers_3, mid_block.resnets.1.conv2",
    "3, output_blocks_2_2_conv, up_blocks.0.upsamplers.0.conv",
    "4, output_blocks_2_1_conv, up_blocks.0.upsamplers.0.conv",
    "4, output_blocks_11_1_proj_out, up_blocks.3.attentions.2.proj_out",
    "4, input_blocks_10_0_emb_layers_1, down_blocks.3.resnets.0.time_emb_proj",
    "4, input_blocks_0_0, conv_in",
    "4, down_blocks_3_resnets_0_time_emb_proj, down_blocks.3.resnets.0.time_emb_proj",
  })
  void theOriginalBlockNumbersAreUnderstood(int levels, String flat, String layer) {
    List<String> weights = new java.util.ArrayList<>(List.of(layer + ".weight"));
    for (int level = 0; level < levels; level++) {
      weights.add("down_blocks." + level + ".resnets.0.norm1.weight");
      weights.add("down_blocks." + level + ".resnets.1.norm1.weight");
      if (levels == 3 ? level < 2 : level > 0) {
        weights.add("up_blocks." + level + ".attentions.0.norm.weight");
      }
    }
    assertEquals(layer + ".weight", LoraKeys.layers(weights).get(flat));
  }

  @ParameterizedTest
  @CsvSource({
    "lora_te1_text_model_a.lora_up.weight, text_encoder, text_model_a, UP",
    "lora_te2_text_model_a.lora_down.weight, text_encoder_2, text_model_a, DOWN",
    "text_encoder_2.text_model.a.lora_A.weight, text_encoder_2, text_model_a, DOWN",
    "unet.mid.attn1.processor.to_out_lora.up.weight, unet, mid_attn1_to_out_0, UP",
    "mid.attn1.processor.to_q_lora.down.weight, unet, mid_attn1_to_q, DOWN",
    "base_model.model.unet.a.lora_B.default.weight, unet, a, UP",
    "lora_unet_a.alpha, unet, a, ALPHA",
    "base_model.model.text_model.a.lora_A.weight, text_encoder, text_model_a, DOWN",
    "diffusion_model.input_blocks.0.0.lora_up.weight, unet, input_blocks_0_0, UP",
    "text_encoders.clip_g.transformer.text_model.a.lora_up.weight, text_encoder_2, text_model_a,"
        + " UP",
    "lycoris_down_blocks_0_a.lora_up.weight, unet, down_blocks_0_a, UP",
    "lycoris_text_model_a.hada_w1_a, text_encoder, text_model_a, HADAMARD_1_A",
    "lycoris_te2_text_model_a.lokr_w2_b, text_encoder_2, text_model_a, KRONECKER_2_B",
    "unet.a.lora_A.my-style.weight, unet, a, DOWN",
    "unet.a.lora_B.my-style.weight, unet, a, UP",
    "unet.a.lora_A, unet, a, DOWN",
    "unet.a.lora_B.bias, unet, a, UP_BIAS",
    "unet.a.lora_magnitude_vector, unet, a, PEFT_MAGNITUDE",
    "unet.a.lora_magnitude_vector.default.weight, unet, a, PEFT_MAGNITUDE",
    "lora_unet_a.dora_scale, unet, a, MAGNITUDE",
    "lora_te_encoder_layers_0_a.lora_up.weight, text_encoder, encoder_layers_0_a, UP",
    "base_model.model.encoder.layers.0.a.lora_A.weight, text_encoder, encoder_layers_0_a, DOWN",
    "diffusion_model.out.0.diff, unet, out_0, DIFFERENCE",
    "lora_unet_norm.b_norm, unet, norm, BIAS_DIFFERENCE",
  })
  void everySpellingIsRead(String tensor, String component, String layer, Part part) {
    assertEquals(
        new LoraKeys.Key(Component.of(component).orElseThrow(), layer, part),
        LoraKeys.read(tensor, Set.of()).orElseThrow());
  }

  private static Adapters open(LoraChoice... choices) {
    return Adapters.open(List.of(choices), LAYERS);
  }

  private static void assertMessage(Path file, String... parts) {
    String message =
        assertThrows(ModelException.class, () -> open(new LoraChoice(file, 1))).getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), message);
    }
  }

  private static float[] load(NDManager manager, String name, LoraChoice... choices) {
    try (Adapters adapters = open(choices);
        ComponentWeights weights = MODEL.weights(Component.UNET);
        NDArray weight = adapters.merging(Component.UNET, weights).apply(name, manager)) {
      return weight.toType(DataType.FLOAT32, false).toFloatArray();
    }
  }

  private Map<String, TensorData> pair(String layer, int out, int in, int kernel) {
    Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put(layer + ".lora_up.weight", kernel == 1 ? exact(out, 2) : exact(out, 2, 1, 1));
    tensors.put(
        layer + ".lora_down.weight", kernel == 1 ? exact(2, in) : exact(2, in, kernel, kernel));
    return tensors;
  }

  /** Random multiples of 1/64 that every stored format holds exactly. */
  private TensorData exact(long... shape) {
    int count = 1;
    for (long side : shape) {
      count *= (int) side;
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (random.nextInt(129) - 64) / 64f;
    }
    return TensorData.of(values, shape);
  }

  private Path write(String name, StoredType type, Map<String, TensorData> tensors)
      throws IOException {
    Path file = folder.resolve(name + ".safetensors");
    if (type == StoredType.BF16) {
      writeBfloat16(file, tensors);
    } else {
      new SafetensorsWriter(type).write(file, tensors, Map.of());
    }
    return file;
  }

  /** Changes the types in a file's header, of the same length. */
  private static void retype(Path file, String from, String to) throws IOException {
    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
    Files.writeString(file, bytes.replace(from, to), StandardCharsets.ISO_8859_1);
  }

  /** The program writes no bfloat16: the upper halves of floats, by hand. */
  private static void writeBfloat16(Path file, Map<String, TensorData> tensors) throws IOException {
    JsonObject header = new JsonObject();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (Map.Entry<String, TensorData> tensor : tensors.entrySet()) {
      JsonObject entry = new JsonObject();
      entry.addProperty("dtype", "BF16");
      JsonArray shape = new JsonArray();
      tensor.getValue().shape().forEach(shape::add);
      entry.add("shape", shape);
      JsonArray offsets = new JsonArray();
      offsets.add(data.size());
      for (float value : tensor.getValue().values().get()) {
        int bits = Float.floatToRawIntBits(value) >>> 16;
        data.write(bits);
        data.write(bits >>> 8);
      }
      offsets.add(data.size());
      entry.add("data_offsets", offsets);
      header.add(tensor.getKey(), entry);
    }
    byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer content =
        ByteBuffer.allocate(Long.BYTES + text.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
    content.putLong(text.length).put(text).put(data.toByteArray());
    Files.write(file, content.array());
  }
}
