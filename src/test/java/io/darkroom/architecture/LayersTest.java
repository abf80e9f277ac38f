package io.darkroom.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.Test;

/** Holds the direction in which the packages use each other, as docs/architecture.md tells it. */
class LayersTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.darkroom");

  @Test
  void eachPackageUsesThoseBelowItAlone() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("cli")
        .definedBy("io.darkroom.cli..")
        .layer("training")
        .definedBy("io.darkroom.training..")
        .layer("batch")
        .definedBy("io.darkroom.batch..")
        .layer("bench")
        .definedBy("io.darkroom.bench..")
        .layer("pipeline")
        .definedBy("io.darkroom.pipeline..")
        .layer("conditioning")
        .definedBy("io.darkroom.conditioning..")
        .layer("runtime")
        .definedBy("io.darkroom.runtime..")
        .layer("request")
        .definedBy("io.darkroom.request..")
        .layer("lora")
        .definedBy("io.darkroom.lora..")
        .layer("network")
        .definedBy("io.darkroom.network..")
        .layer("sampling")
        .definedBy("io.darkroom.sampling..")
        .layer("text")
        .definedBy("io.darkroom.text..")
        .layer("torchscript")
        .definedBy("io.darkroom.torchscript..")
        .layer("hub")
        .definedBy("io.darkroom.hub..")
        .layer("recipe")
        .definedBy("io.darkroom.recipe..")
        .layer("terminal")
        .definedBy("io.darkroom.terminal..")
        .layer("image")
        .definedBy("io.darkroom.image..")
        .layer("model")
        .definedBy("io.darkroom.model..")
        .layer("weights")
        .definedBy("io.darkroom.weights..")
        .layer("base")
        .definedBy("io.darkroom.base..")
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("training")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("batch")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("bench")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("hub")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("terminal")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("recipe")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("pipeline")
        .mayOnlyBeAccessedByLayers("cli", "batch", "bench", "training")
        .whereLayer("conditioning")
        .mayOnlyBeAccessedByLayers("pipeline")
        .whereLayer("runtime")
        .mayOnlyBeAccessedByLayers("cli", "batch", "bench", "pipeline", "conditioning")
        .whereLayer("request")
        .mayOnlyBeAccessedByLayers(
            "cli", "batch", "bench", "pipeline", "conditioning", "runtime", "training")
        .whereLayer("lora")
        .mayOnlyBeAccessedByLayers("cli", "batch", "bench", "pipeline", "conditioning", "runtime")
        .whereLayer("network")
        .mayOnlyBeAccessedByLayers("pipeline", "bench", "training", "conditioning", "runtime")
        .whereLayer("sampling")
        .mayOnlyBeAccessedByLayers("cli", "bench", "request", "pipeline", "training")
        .whereLayer("text")
        .mayOnlyBeAccessedByLayers(
            "cli", "batch", "request", "pipeline", "training", "conditioning")
        .whereLayer("torchscript")
        .mayOnlyBeAccessedByLayers(
            "network", "sampling", "pipeline", "bench", "training", "conditioning", "runtime")
        .whereLayer("image")
        .mayOnlyBeAccessedByLayers(
            "cli", "batch", "request", "pipeline", "recipe", "terminal", "training")
        .whereLayer("model")
        .mayOnlyBeAccessedByLayers(
            "cli", "bench", "pipeline", "training", "hub", "lora", "conditioning", "runtime")
        .whereLayer("weights")
        .mayOnlyBeAccessedByLayers("bench", "training", "hub", "lora", "text", "model")
        .whereLayer("base")
        .mayOnlyBeAccessedByLayers(
            "cli",
            "training",
            "batch",
            "bench",
            "pipeline",
            "request",
            "lora",
            "network",
            "sampling",
            "text",
            "torchscript",
            "hub",
            "recipe",
            "terminal",
            "image",
            "model",
            "weights",
            "conditioning",
            "runtime")
        .check(CLASSES);
  }

  @Test
  void theCommandLineHasItsLayers() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("entry")
        .definedBy("io.darkroom.cli")
        .layer("picture")
        .definedBy("io.darkroom.cli.picture")
        .layer("batch")
        .definedBy("io.darkroom.cli.batch")
        .layer("models")
        .definedBy("io.darkroom.cli.models")
        .layer("bench")
        .definedBy("io.darkroom.cli.bench")
        .layer("doctor")
        .definedBy("io.darkroom.cli.doctor")
        .layer("reference")
        .definedBy("io.darkroom.cli.reference")
        .layer("defaults")
        .definedBy("io.darkroom.cli.defaults")
        .layer("option")
        .definedBy("io.darkroom.cli.option")
        .layer("output")
        .definedBy("io.darkroom.cli.output")
        .layer("console")
        .definedBy("io.darkroom.cli.console")
        .whereLayer("entry")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("picture")
        .mayOnlyBeAccessedByLayers("entry")
        .whereLayer("batch")
        .mayOnlyBeAccessedByLayers("entry")
        .whereLayer("models")
        .mayOnlyBeAccessedByLayers("entry")
        .whereLayer("bench")
        .mayOnlyBeAccessedByLayers("entry")
        .whereLayer("doctor")
        .mayOnlyBeAccessedByLayers("entry")
        .whereLayer("reference")
        .mayOnlyBeAccessedByLayers("entry")
        .whereLayer("defaults")
        .mayOnlyBeAccessedByLayers("entry", "doctor")
        .whereLayer("option")
        .mayOnlyBeAccessedByLayers(
            "entry", "picture", "batch", "models", "bench", "doctor", "reference", "defaults")
        .whereLayer("output")
        .mayOnlyBeAccessedByLayers(
            "entry", "picture", "batch", "models", "bench", "doctor", "reference", "option")
        .whereLayer("console")
        .mayOnlyBeAccessedByLayers(
            "entry",
            "picture",
            "batch",
            "models",
            "bench",
            "doctor",
            "reference",
            "defaults",
            "option",
            "output")
        .check(CLASSES);
  }

  @Test
  void thereIsNoCircle() {
    SlicesRuleDefinition.slices()
        .matching("io.darkroom.(*)..")
        .should()
        .beFreeOfCycles()
        .check(CLASSES);
  }

  @Test
  void picturesAreDrawnAndDecodedInTwoPackagesAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.darkroom.image..", "io.darkroom.training..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.awt..", "javax.imageio..")
        .check(CLASSES);
  }

  @Test
  void theCommandLineAloneTalks() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.darkroom.cli..", "io.darkroom.training..")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .check(CLASSES);
  }

  @Test
  void optionsAreParsedAtTheBorder() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "io.darkroom.cli..", "io.darkroom.batch..", "io.darkroom.training..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("picocli..")
        .check(CLASSES);
  }

  /** All others see the engine's values through {@code EngineValue}. */
  @Test
  void theEngineIsKnownToOnePackageAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackage("io.darkroom.torchscript..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("ai.djl.pytorch..")
        .check(CLASSES);
  }
}
