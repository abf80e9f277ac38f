package io.darkroom.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HubEnvironmentTest {
  @ParameterizedTest
  @CsvSource({
    "HF_HUB_CACHE=/a HF_HOME=/b HOME=/h, /a",
    "HF_HUB_CACHE=/a HUGGINGFACE_HUB_CACHE=/o HOME=/h, /a",
    "HUGGINGFACE_HUB_CACHE=/o HF_HOME=/b HOME=/h, /o",
    "HF_HUB_CACHE= HF_HOME=/b HOME=/h, /b/hub",
    "HF_HUB_CACHE=~/a HOME=/h, /h/a",
    "XDG_CACHE_HOME=/c HOME=/h, /c/huggingface/hub",
    "HOME=/h, /h/.cache/huggingface/hub"
  })
  void theCacheIsWhereTheHubsToolsHaveIt(String text, String expected) {
    Map<String, String> variables = variables(text);
    assertEquals(Path.of(expected), HubEnvironment.of(variables).cache());
    assertEquals(
        Path.of(expected),
        ModelFiles.of(Path.of("x"), Optional.empty(), Optional.empty(), variables).hubCache(),
        "a model's tokenizer is looked for there");
  }

  @Test
  void withoutAHomeTheJvmKnowsIt() {
    assertEquals(
        Path.of(System.getProperty("user.home"), ".cache", "huggingface", "hub"),
        HubEnvironment.of(Map.of()).cache());
  }

  private static Map<String, String> variables(String text) {
    Map<String, String> variables = new LinkedHashMap<>();
    for (String variable : text.split(" ", 0)) {
      variables.put(
          variable.replaceFirst("=.*", ""), variable.substring(variable.indexOf('=') + 1));
    }
    return variables;
  }
}
