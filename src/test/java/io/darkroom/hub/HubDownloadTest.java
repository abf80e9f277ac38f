package io.darkroom.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.base.ModelException;
import io.darkroom.testing.TestModels;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Tag("slow")
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class HubDownloadTest {
  private static final HubId ID = new HubId("org/tiny", HubId.MAIN);
  private static final String UNET = "unet/diffusion_pytorch_model.safetensors";
  private static final String VAE = "vae/diffusion_pytorch_model.safetensors";
  private static final String TEXT = "text_encoder/model.safetensors";

  @TempDir private Path folder;
  private FakeHub hub;
  private final Map<String, String> environment = new HashMap<>();
  private final Recorder recorder = new Recorder();
  private RetryPolicy retry =
      new RetryPolicy(
          3,
          Duration.ofMillis(10),
          Duration.ofMillis(40),
          Duration.ofSeconds(3),
          Duration.ofSeconds(2),
          1);
  private final ManualTime time = new ManualTime();

  /** Adds up what a download says. */
  private static final class Recorder implements DownloadListener {
    final List<DownloadPlan> plans = Collections.synchronizedList(new ArrayList<>());
    final List<String> notes = Collections.synchronizedList(new ArrayList<>());
    final List<String> finished = Collections.synchronizedList(new ArrayList<>());
    private long received;

    @Override
    public void planned(DownloadPlan plan) {
      plans.add(plan);
    }

    @Override
    public synchronized void received(long bytes) {
      received += bytes;
      notifyAll();
    }

    synchronized void awaitReceived(long bytes) {
      try {
        while (received < bytes) {
          wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void finished(String path, long bytes) {
      finished.add(path);
    }

    @Override
    public void note(String message) {
      notes.add(message);
    }

    synchronized long takeReceived() {
      long result = received;
      received = 0;
      return result;
    }
  }

  @BeforeEach
  void prepare() throws IOException {
    hub = new FakeHub("org/tiny").with(TestModels.directory("tiny-sd1"));
    environment.put("HF_HOME", folder.toString());
    environment.put("HF_ENDPOINT", hub.endpoint().toString());
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private HubSettings settings() throws IOException {
    HubSettings read = HubSettings.of(environment, folder);
    return new HubSettings(
        read.endpoint(), read.cache(), read.token(), read.offline(), read.proxies(), retry);
  }

  private CachedModel fetch(WeightVariant variant) throws IOException {
    return fetch(ID, variant);
  }

  private CachedModel fetch(HubId id, WeightVariant variant) throws IOException {
    HubSettings settings = settings();
    return new HubDownload(settings, new HubCache(settings.cache()), recorder, time)
        .fetch(id, variant);
  }

  private Path repository() {
    return folder.resolve("hub/models--org--tiny");
  }

  private Path blob(String path) {
    return repository().resolve("blobs").resolve(hub.etag(path));
  }

  private Path incomplete(String path) {
    return repository().resolve("blobs").resolve(hub.etag(path) + ".incomplete");
  }

  private List<String> incompleteFiles() throws IOException {
    try (Stream<Path> files = Files.list(repository().resolve("blobs"))) {
      return files.map(Path::toString).filter(name -> name.endsWith(".incomplete")).toList();
    }
  }

  private void assertWhole(CachedModel model) throws IOException {
    for (Map.Entry<String, byte[]> file : hub.files.entrySet()) {
      assertArrayEquals(
          file.getValue(), Files.readAllBytes(model.path().resolve(file.getKey())), file.getKey());
    }
    assertTrue(model.isComplete());
    assertEquals(List.of(), incompleteFiles());
  }

  // ---------------------------------------------------------------- some files

  private Path fetch(String... paths) throws IOException {
    HubSettings settings = settings();
    return new HubDownload(settings, new HubCache(settings.cache()), recorder)
        .fetch(ID, List.of(paths), "the tokenizer");
  }

  @Test
  void someFilesOfARepositoryThatIsNoModel() throws IOException {
    hub.files.remove("model_index.json");
    Path snapshot = fetch("tokenizer/vocab.json", "tokenizer/merges.txt");
    assertEquals(repository().resolve("snapshots").resolve(FakeHub.COMMIT), snapshot);
    for (String name : List.of("tokenizer/vocab.json", "tokenizer/merges.txt")) {
      assertArrayEquals(hub.files.get(name), Files.readAllBytes(snapshot.resolve(name)), name);
    }
    assertEquals(FakeHub.COMMIT, Files.readString(repository().resolve("refs/main")));
    assertEquals(List.of(), incompleteFiles());
    assertEquals("the tokenizer", recorder.plans.get(0).choice());
    assertEquals(2, recorder.plans.get(0).missingFiles());
    assertEquals(3, hub.requests.size());

    // Once is enough, and what is there needs no hub.
    environment.put("HF_HUB_OFFLINE", "1");
    assertEquals(snapshot, fetch("tokenizer/vocab.json", "tokenizer/merges.txt"));
    assertEquals(3, hub.requests.size());
    ModelException offline =
        assertThrows(ModelException.class, () -> fetch("tokenizer/special_tokens_map.json"));
    assertTrue(offline.getMessage().contains("special_tokens_map.json of org/tiny is not in"));
    assertTrue(offline.getMessage().contains("HF_HUB_OFFLINE"), offline.getMessage());
  }

  @Test
  void someFilesOrNone() throws IOException {
    ModelException refused =
        assertThrows(ModelException.class, () -> fetch("tokenizer/vocab.json", "none.txt"));
    assertEquals("org/tiny does not have tokenizer/vocab.json and none.txt", refused.getMessage());
    assertFalse(Files.exists(repository().resolve("refs/main")));

    hub.faults("tokenizer/merges.txt", 9, FakeHub.status(503));
    assertThrows(IOException.class, () -> fetch("tokenizer/vocab.json", "tokenizer/merges.txt"));
    assertFalse(
        Files.exists(repository().resolve("refs/main")), "a ref names what is there in full");
  }

  // ---------------------------------------------------------------- what is fetched

  @Test
  void aModelComesInTheHubsLayoutAndIsNotFetchedTwice() throws IOException {
    CachedModel model = fetch(WeightVariant.PLAIN);
    assertWhole(model);
    assertEquals(repository().resolve("snapshots/" + FakeHub.COMMIT), model.path());
    assertEquals(FakeHub.COMMIT, Files.readString(repository().resolve("refs/main")));
    Path link = model.path().resolve(UNET);
    assertEquals(
        Path.of("../../../blobs", hub.etag(UNET)), Files.readSymbolicLink(link), "relative");
    assertEquals(
        Path.of("../../blobs", hub.etag("model_index.json")),
        Files.readSymbolicLink(model.path().resolve("model_index.json")));
    long all = hub.files.values().stream().mapToLong(content -> content.length).sum();
    assertEquals(all, recorder.plans.get(0).bytes());
    long first =
        (long) hub.files.get("model_index.json").length + hub.files.get("unet/config.json").length;
    assertEquals(all - first, recorder.takeReceived());
    assertEquals(hub.files.size() - 2, recorder.finished.size());

    hub.requests.clear();
    fetch(WeightVariant.PLAIN);
    assertEquals(1, hub.requests.size(), hub.requests::toString);
    assertEquals(0, recorder.takeReceived());
    assertEquals(0, recorder.plans.get(1).missingFiles());
  }

  @Test
  void onlyWhatIsNeededIsFetched() throws IOException {
    byte[] junk = "junk".getBytes(StandardCharsets.UTF_8);
    for (String path :
        List.of(
            "unet/diffusion_pytorch_model.bin",
            "unet/model.onnx",
            "unet/diffusion_flax_model.msgpack",
            "unet/openvino_model.bin",
            "unet/diffusion_pytorch_model.non_ema.safetensors",
            "safety_checker/model.safetensors",
            "safety_checker/config.json",
            "feature_extractor/preprocessor_config.json",
            "v1-5-pruned.safetensors",
            "v1-5-pruned.ckpt",
            ".gitattributes")) {
      hub.extra.put(path, junk);
    }
    assertWhole(fetch(WeightVariant.PLAIN));
  }

  @Test
  void theVariantIsChosenWhereThereIsAChoice() throws IOException {
    String unetHalf = "unet/diffusion_pytorch_model.fp16.safetensors";
    hub.files.put(unetHalf, "half".getBytes(StandardCharsets.UTF_8));
    CachedModel half = fetch(WeightVariant.FP16);
    assertTrue(Files.exists(half.path().resolve(unetHalf)));
    assertFalse(Files.exists(half.path().resolve(UNET)));
    assertTrue(Files.exists(half.path().resolve(VAE)), "there is no other");
    assertTrue(recorder.plans.get(0).choice().contains("the fp16 variant"));

    CachedModel plain = fetch(WeightVariant.PLAIN);
    assertTrue(Files.exists(plain.path().resolve(UNET)));
    assertEquals(1, recorder.plans.get(1).missingFiles());

    hub.files.remove(UNET);
    hub.commit = "f".repeat(40);
    CachedModel only = fetch(WeightVariant.PLAIN);
    assertTrue(Files.exists(only.path().resolve(unetHalf)));
    assertTrue(recorder.plans.get(2).choice().contains("the only one"));
    assertEquals(0, recorder.plans.get(2).missingFiles(), "a new commit shares the contents");
  }

  @Test
  void aMirrorThatTellsNoChecksumsIsAskedForEachFile() throws IOException {
    hub.tellsBlobs = false;
    assertWhole(fetch(WeightVariant.PLAIN));
    assertTrue(hub.requests.stream().anyMatch(request -> request.method().equals("HEAD")));
    assertTrue(Files.isRegularFile(blob(UNET)));
    assertTrue(Files.isRegularFile(blob("vae/config.json")));
  }

  @Test
  void aRevisionWithASlashIsARef() throws IOException {
    fetch(ID.at("refs/pr/1"), WeightVariant.PLAIN);
    assertEquals(FakeHub.COMMIT, Files.readString(repository().resolve("refs/refs/pr/1")));
  }

  @Test
  void whereSymbolicLinksCannotBeMadeThereAreCopies() throws IOException {
    for (HubCache.Way way : List.of(HubCache.Way.HARD_LINK, HubCache.Way.COPY)) {
      HubSettings settings = settings();
      HubCache cache = new HubCache(folder.resolve(way.name()), List.of(way));
      CachedModel model = new HubDownload(settings, cache, recorder).fetch(ID, WeightVariant.PLAIN);
      assertFalse(Files.isSymbolicLink(model.path().resolve(UNET)));
      assertArrayEquals(hub.files.get(UNET), Files.readAllBytes(model.path().resolve(UNET)));
      assertTrue(model.isComplete());
      recorder.takeReceived();
      new HubDownload(settings, cache, recorder).fetch(ID, WeightVariant.PLAIN);
      assertEquals(0, recorder.takeReceived());
      assertTrue(cache.verify(ID, bytes -> {}).faults().isEmpty());
    }
  }

  // ---------------------------------------------------------------- bad connections

  @Test
  void aCutConnectionGoesOnWhereItEnded() throws IOException {
    hub.fault("cdn/" + UNET, FakeHub.cutAfter(100_000));
    hub.fault("cdn/" + UNET, FakeHub.cutAfter(100_000));
    assertWhole(fetch(WeightVariant.PLAIN));
    List<FakeHub.Request> requests = hub.requestsOf("cdn/" + UNET);
    assertEquals(3, requests.size());
    assertTrue(requests.get(2).range().matches("bytes=[1-9]\\d*-"), requests::toString);
  }

  @Test
  void aConnectionThatBreaksAgainAndAgainLeavesWhatArrivedForTheNextRun() throws IOException {
    hub.faults("cdn/" + UNET, 3, FakeHub.cutAfter(70_000));
    IOException failure = assertThrows(IOException.class, () -> fetch(WeightVariant.PLAIN));
    assertTrue(failure.getMessage().contains("broke 3 times"), failure::getMessage);
    assertTrue(
        failure.getMessage().contains("run the same command again to continue"),
        failure::getMessage);
    assertFalse(Files.exists(blob(UNET)));
    assertFalse(Files.exists(repository().resolve("refs/main")));
    long there = Files.size(incomplete(UNET));
    assertTrue(there > 0);

    hub.requests.clear();
    recorder.takeReceived();
    assertWhole(fetch(WeightVariant.PLAIN));
    assertEquals("bytes=" + there + "-", hub.requestsOf("cdn/" + UNET).get(0).range());
    assertEquals(recorder.plans.get(1).missingBytes(), recorder.takeReceived());
  }

  @Test
  void aPartOfSomethingElseIsThrownAway() throws IOException {
    Files.createDirectories(incomplete(UNET).getParent());
    Files.write(incomplete(UNET), new byte[50_000]);
    Files.write(incomplete(VAE), new byte[hub.files.get(VAE).length + 1]);
    Files.write(incomplete(TEXT), Arrays.copyOf(hub.files.get(TEXT), 1000));
    assertWhole(fetch(WeightVariant.PLAIN));
    assertEquals(List.of("bytes=1000-"), ranges(TEXT));
    assertEquals(Collections.singletonList((String) null), ranges(VAE));
    assertEquals(Arrays.asList("bytes=50000-", null), ranges(UNET));
    assertEquals(recorder.plans.get(0).missingBytes(), recorder.takeReceived(), "it ends at 100 %");
  }

  private List<String> ranges(String path) {
    return hub.requestsOf("cdn/" + path).stream().map(FakeHub.Request::range).toList();
  }

  @Test
  void aServerWithoutRangesGivesTheWholeFile() throws IOException {
    Files.createDirectories(incomplete(UNET).getParent());
    Files.write(incomplete(UNET), Arrays.copyOf(hub.files.get(UNET), 1000));
    hub.fault(
        "cdn/" + UNET,
        (exchange, content) -> {
          exchange.sendResponseHeaders(200, content.length);
          exchange.getResponseBody().write(content);
        });
    Files.write(incomplete(VAE), Arrays.copyOf(hub.files.get(VAE), 1000));
    hub.fault("cdn/" + VAE, FakeHub.status(416));
    assertWhole(fetch(WeightVariant.PLAIN));
  }

  @Test
  void silenceIsCutAndTheDownloadGoesOn() throws IOException {
    // All that is shown of the other files, and the part of this one.
    long shown = 65_536;
    for (Map.Entry<String, byte[]> file : hub.files.entrySet()) {
      boolean isShown =
          !List.of("model_index.json", "unet/config.json", UNET).contains(file.getKey());
      shown += isShown ? file.getValue().length : 0;
    }
    long first = shown;
    hub.fault(
        "cdn/" + UNET,
        FakeHub.stallAfter(
            65_536,
            () -> {
              recorder.awaitReceived(first);
              time.advanceUntilNobodyWaits(retry.silence());
            }));
    assertWhole(fetch(WeightVariant.PLAIN));
    assertEquals(Arrays.asList(null, "bytes=65536-"), ranges(UNET));
  }

  @Test
  void aListOfFilesThatStopsArrivingIsCut() {
    hub.faults(
        "/revision/main",
        3,
        FakeHub.stallAfter(1000, () -> time.advanceUntilNobodyWaits(retry.silence())));
    IOException failure = assertThrows(IOException.class, () -> fetch(WeightVariant.PLAIN));
    assertTrue(
        failure.getMessage().startsWith("cannot get the list of files of org/tiny from 127.0.0.1:"),
        failure::getMessage);
    assertTrue(failure.getMessage().contains("(3 attempts)"), failure::getMessage);
    assertEquals(3, hub.requestsOf("/revision/main").size());
  }

  @Test
  void aListOfFilesThatDripsIsCut() {
    retry =
        new RetryPolicy(
            retry.attempts(),
            retry.firstPause(),
            retry.longestPause(),
            retry.longestAsked(),
            retry.silence(),
            1000);
    hub.faults("/revision/main", 3, FakeHub.drip(1, () -> time.advance(Duration.ofSeconds(1))));
    IOException failure = assertThrows(IOException.class, () -> fetch(WeightVariant.PLAIN));
    assertTrue(failure.getMessage().contains("(3 attempts)"), failure::getMessage);
  }

  @Test
  void aSmallFileThatStopsArrivingIsCut() {
    hub.faults(
        "model_index.json",
        3,
        FakeHub.stallAfter(10, () -> time.advanceUntilNobodyWaits(retry.silence())));
    IOException failure = assertThrows(IOException.class, () -> fetch(WeightVariant.PLAIN));
    assertTrue(failure.getMessage().contains("broke 3 times"), failure::getMessage);
    assertTrue(failure.getMessage().contains("model_index.json"), failure::getMessage);
  }

  @Test
  void aSmallFileOfImpossibleSizeIsRefusedBeforeItsFirstByte() throws IOException {
    hub.wrongSizes.put("model_index.json", 1_000_000_000_000_000L);
    assertTrue(refusal(ID).contains("an impossible checksum or size"));
    hub.wrongSizes.put("model_index.json", 1_000_000_000_000L);
    String message = refusal(ID);
    assertTrue(
        message.contains(
            "model_index.json of org/tiny has 1.0 TB, but such a file has at most 16.0 MB"),
        message);
    assertEquals(List.of(), hub.requestsOf("model_index.json"));

    hub.wrongSizes.clear();
    for (String path : List.of("tokenizer/merges.txt", "scheduler/scheduler_config.json")) {
      hub.wrongSizes.put(path, 1_000_000_000L);
      assertTrue(refusal(ID).contains(path + " of org/tiny has 1.0 GB"), path);
      assertEquals(List.of(), hub.requestsOf(path));
      assertEquals(List.of(), hub.requestsOf(UNET), "nothing else is fetched either");
      hub.wrongSizes.clear();
    }
    hub.tellsBlobs = false;
    hub.fault(
        "model_index.json",
        FakeHub.status(200, "X-Linked-Etag", "a".repeat(40), "X-Linked-Size", "1000000000000"));
    assertTrue(refusal(ID).contains("model_index.json of org/tiny has 1.0 TB"));
  }

  @Test
  void aBusyServerIsAskedAgainWhenItSays() throws IOException {
    hub.fault("/revision/main", FakeHub.status(429, "Retry-After", "1"));
    hub.fault("/revision/main", FakeHub.status(503));
    hub.fault("vae/config.json", FakeHub.status(500));
    hub.fault("cdn/" + UNET, FakeHub.status(403)); // a link that is too old
    assertWhole(fetch(WeightVariant.PLAIN));
    assertEquals(Duration.ofSeconds(1), time.pauses.get(0), "as the server asks");
    assertEquals(Duration.ofMillis(20), time.pauses.get(1), "the pause after a second failure");
    assertEquals(3, hub.requestsOf("/revision/main").size());
    assertTrue(recorder.notes.get(0).contains("429"), recorder.notes::toString);

    hub.fault("/revision/main", FakeHub.status(429, "Retry-After", "900"));
    IOException failure = assertThrows(IOException.class, () -> fetch(WeightVariant.PLAIN));
    assertTrue(failure.getMessage().contains("asks to wait 900 s"), failure::getMessage);

    hub.faults("/revision/main", 3, FakeHub.status(502));
    failure = assertThrows(IOException.class, () -> fetch(WeightVariant.PLAIN));
    assertTrue(failure.getMessage().contains("502"), failure::getMessage);
    assertTrue(failure.getMessage().contains("3 attempts"), failure::getMessage);
  }

  @Test
  void wrongContentIsNeverKept() throws IOException {
    byte[] wrong = hub.files.get(UNET).clone();
    wrong[wrong.length / 2] ^= 1;
    FakeHub.Fault lie =
        (exchange, content) -> {
          exchange.sendResponseHeaders(200, wrong.length);
          exchange.getResponseBody().write(wrong);
        };
    hub.fault("cdn/" + UNET, lie);
    assertWhole(fetch(WeightVariant.PLAIN)); // the second attempt is good
    assertTrue(recorder.notes.get(0).contains("wrong checksum"), recorder.notes::toString);

    Files.delete(blob(UNET));
    hub.faults("cdn/" + UNET, 2, lie);
    IOException failure = assertThrows(IOException.class, () -> fetch(WeightVariant.PLAIN));
    assertTrue(failure.getMessage().contains("wrong checksum"), failure::getMessage);
    assertFalse(Files.exists(blob(UNET)));
    assertFalse(Files.exists(incomplete(UNET)));

    hub.commit = "e".repeat(40);
    hub.wrongChecksums.put("vae/config.json", "d".repeat(40));
    failure = assertThrows(IOException.class, () -> fetch(WeightVariant.PLAIN));
    assertTrue(failure.getMessage().contains("vae/config.json"), failure::getMessage);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aFullDiskIsSaidAtOnce() throws IOException {
    Files.createDirectories(incomplete(UNET).getParent());
    Files.createSymbolicLink(incomplete(UNET), Path.of("/dev/full")); // each write: ENOSPC
    IOException failure = assertThrows(IOException.class, () -> fetch(WeightVariant.PLAIN));
    assertTrue(failure.getMessage().contains("No space left on device"), failure::getMessage);
    assertTrue(failure.getMessage().contains(folder.toString()), failure::getMessage);
    assertEquals(1, hub.requestsOf("cdn/" + UNET).size(), "no use in another attempt");
    Files.delete(incomplete(UNET));
    assertFalse(Files.exists(blob(UNET)));
  }

  @Test
  void roomIsLookedForBefore() throws IOException {
    HubSettings settings = settings();
    HubDownload download = new HubDownload(settings, new HubCache(settings.cache()), recorder);
    download.requireRoom(100, 100);
    IOException failure =
        assertThrows(IOException.class, () -> download.requireRoom(3_400_000_000L, 1_200_000_000L));
    assertTrue(failure.getMessage().startsWith("the download needs 3.4 GB"), failure::getMessage);
    assertTrue(failure.getMessage().contains("room for 1.2 GB"), failure::getMessage);
  }

  // ---------------------------------------------------------------- refusals

  private String refusal(HubId id) {
    ModelException failure =
        assertThrows(ModelException.class, () -> fetch(id, WeightVariant.PLAIN));
    assertEquals(1, failure.getMessage().lines().count(), failure::getMessage);
    return failure.getMessage();
  }

  @Test
  void eachRefusalSaysWhatToDo() throws IOException {
    HubId unknown = new HubId("org/unknown", HubId.MAIN);
    assertTrue(refusal(unknown).contains("no public repository org/unknown"));
    assertTrue(refusal(ID.at("v9")).contains("org/tiny has no revision v9"));
    hub.fault(FakeHub.COMMIT + "/" + UNET, FakeHub.status(401, "X-Error-Code", "GatedRepo"));
    assertTrue(refusal(ID).contains("is gated: accept its licence at " + hub.endpoint()));
    environment.put("HF_TOKEN", "hf_secret");
    assertTrue(refusal(unknown).contains("no repository org/unknown"));
    hub.fault("/revision/main", FakeHub.status(401));
    assertTrue(refusal(ID).contains("does not take the token"));
    hub.fault(FakeHub.COMMIT + "/" + UNET, FakeHub.status(403, "X-Error-Code", "GatedRepo"));
    String gated = refusal(ID);
    assertTrue(gated.contains(hub.endpoint() + "/org/tiny"), gated);
    assertFalse(gated.contains("hf_secret"), gated);
  }

  @Test
  void modelsThatDarkroomDoesNotRunAreRefusedBeforeTheirWeightsCome() {
    for (Map.Entry<String, String> family :
        Map.of("FluxPipeline", "FLUX", "StableDiffusion3Pipeline", "Stable Diffusion 3")
            .entrySet()) {
      hub.files.put(
          "model_index.json",
          "{\"_class_name\": \"%s\"}".formatted(family.getKey()).getBytes(StandardCharsets.UTF_8));
      assertTrue(refusal(ID).contains("is a " + family.getValue() + " model"));
    }
    hub.files.remove("model_index.json");
    hub.files.put("model.safetensors", new byte[3]);
    assertTrue(refusal(ID).contains("has no model_index.json"));
    assertEquals(List.of(), hub.requestsOf(UNET));
  }

  @Test
  void whatTheLoaderRefusesIsRefusedBeforeTheWeightsCome() throws IOException {
    hub.files.put(
        "model_index.json",
        new String(hub.files.get("model_index.json"), StandardCharsets.UTF_8)
            .replace("\"StableDiffusionPipeline\"", "\"StableDiffusionInpaintPipeline\"")
            .getBytes(StandardCharsets.UTF_8));
    assertTrue(fetch(WeightVariant.PLAIN).isComplete(), "its U-Net is that of text to image");

    hub.commit = "a".repeat(40);
    hub.with(TestModels.directory("tiny-inpaint"));
    hub.files.put(
        "unet/config.json",
        new String(hub.files.get("unet/config.json"), StandardCharsets.UTF_8)
            .replaceFirst("\"in_channels\": 9", "\"in_channels\": 5")
            .getBytes(StandardCharsets.UTF_8));
    int before = hub.requestsOf(".safetensors").size();
    String deep = refusal(ID);
    assertTrue(deep.contains("org/tiny: its U-Net has in_channels 5"), deep);
    hub.commit = "c".repeat(40);
    hub.files.put(
        "model_index.json",
        "{\"_class_name\": \"LatentConsistencyModelPipeline\"}".getBytes(StandardCharsets.UTF_8));
    hub.files.remove("tokenizer/merges.txt");
    assertTrue(
        refusal(ID).contains("lacks tokenizer/merges.txt"), "even if the index tells of none");
    assertEquals(before, hub.requestsOf(".safetensors").size());
  }

  @Test
  void picklesAloneAreRefused() {
    hub.files.put("unet/diffusion_pytorch_model.bin", hub.files.remove(UNET));
    String message = refusal(ID);
    assertTrue(message.contains("lacks unet/diffusion_pytorch_model.safetensors"), message);
    assertTrue(message.contains("only diffusion_pytorch_model.bin"), message);
    assertEquals(List.of(), hub.requestsOf("diffusion_pytorch_model.bin"));
  }

  @Test
  void namesThatLeadOutOfTheFolderAreRefused() throws IOException {
    for (String name :
        List.of("../../x", "/etc/x", "unet/../../x", "a\\b", "c:x", "a//b", "x\u0007")) {
      hub.extra.clear();
      hub.extra.put(name, new byte[1]);
      assertTrue(refusal(ID).contains("not a safe name"), name);
    }
    hub.extra.clear();
    hub.wrongChecksums.put("vae/config.json", "../../../x");
    assertTrue(refusal(ID).contains("impossible checksum"));
    hub.wrongChecksums.clear();
    hub.commit = "../x";
    assertTrue(refusal(ID).contains("impossible commit"));
  }

  // ---------------------------------------------------------------- token, proxies, offline

  @Test
  void theTokenGoesToTheHubAndToNobodyElse() throws IOException {
    environment.put("HF_TOKEN", "hf_secret");
    fetch(WeightVariant.PLAIN);
    assertEquals(3, hub.requests.stream().filter(r -> r.path().startsWith("/cdn/")).count());
    for (FakeHub.Request request : hub.requests) {
      boolean isHub = request.host().startsWith("127.0.0.1:");
      assertEquals(isHub ? "Bearer hf_secret" : null, request.authorization(), request::toString);
      assertEquals(!isHub, request.path().startsWith("/cdn/"));
    }
    assertFalse(settings().toString().contains("hf_secret"));
    assertFalse(recorder.notes.toString().contains("hf_secret"));
  }

  @Test
  void theTokenMayBeInAFile() throws IOException {
    Files.writeString(folder.resolve("token"), "hf_file\n");
    assertEquals("hf_file", settings().token().orElseThrow());
    Files.writeString(folder.resolve("other"), "hf_other\n");
    environment.put("HF_TOKEN_PATH", folder.resolve("other").toString());
    assertEquals("hf_other", settings().token().orElseThrow());
    environment.put("HF_TOKEN", "hf_variable");
    assertEquals("hf_variable", settings().token().orElseThrow());
    environment.put("HF_TOKEN", "a\nb");
    IllegalArgumentException failure = assertThrows(IllegalArgumentException.class, this::settings);
    assertFalse(failure.getMessage().contains("a\nb"));
  }

  @Test
  void offlineNothingIsAsked() throws IOException {
    environment.put("HF_HUB_OFFLINE", "1");
    assertTrue(refusal(ID).contains("HF_HUB_OFFLINE"));
    assertEquals(0, hub.requests.size());
    environment.remove("HF_HUB_OFFLINE");
    fetch(WeightVariant.PLAIN);
    int before = hub.requests.size();
    environment.put("HF_HUB_OFFLINE", "1");
    assertTrue(fetch(WeightVariant.PLAIN).isComplete());
    assertEquals(before, hub.requests.size());
  }

  @Test
  void aProxyIsUsedUnlessTheHostIsExcepted() throws IOException {
    environment.put("HF_ENDPOINT", "http://hub.invalid");
    IOException failure = assertThrows(IOException.class, () -> fetch(WeightVariant.PLAIN));
    assertTrue(failure.getMessage().contains("name of the host is unknown"), failure::getMessage);
    environment.put("http_proxy", hub.endpoint().toString());
    assertTrue(fetch(WeightVariant.PLAIN).isComplete());
    assertTrue(hub.requests.get(0).host().startsWith("hub.invalid"), hub.requests::toString);
    environment.put("no_proxy", "example.org,.invalid");
    assertThrows(IOException.class, () -> fetch(WeightVariant.PLAIN));
    for (String address :
        List.of(
            "https://user:secret@proxy:3128",
            "socks5://user:secret@proxy:1080",
            "http://user:secret%zz@proxy:3128",
            "http://user:secret@pro xy:3128",
            "http://user:secret@")) {
      environment.put("http_proxy", address);
      Throwable refusal = assertThrows(IllegalArgumentException.class, this::settings);
      for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
        assertFalse(cause.toString().contains("secret"), cause::toString);
      }
      assertEquals(1, failure.getMessage().lines().count());
    }
  }

  @Test
  void aProxyIsToldUserAndPasswordAndNobodyElse() throws IOException {
    environment.put("HF_ENDPOINT", "http://hub.invalid");
    try (LoopbackProxy proxy =
        new LoopbackProxy(hub.endpoint(), "us er", "p@s:s+wörd", Optional.empty())) {
      environment.put("http_proxy", "http://us%20er:p%40s:s+w%C3%B6rd@" + proxy.hostAndPort());
      assertTrue(fetch(WeightVariant.PLAIN).isComplete());
      assertFalse(proxy.heads.isEmpty());
      int asked = proxy.heads.size();
      assertFalse(hub.sawProxyAuthorization());
      assertFalse(settings().toString().contains("w%C3%B6rd"));
      assertFalse(settings().proxies().toString().contains("rd@"));

      environment.put("http_proxy", "us%20er:secret@" + proxy.hostAndPort());
      IOException failure = assertThrows(IOException.class, () -> fetch(WeightVariant.PLAIN));
      assertTrue(
          failure.getMessage().startsWith("the proxy needs a valid user and password;"),
          failure::getMessage);
      assertFalse(failure.getMessage().contains("secret"), failure::getMessage);
      assertEquals(asked + 1, proxy.heads.size(), "another attempt would not mend it");

      // A server that is asked without a proxy hears nothing of it.
      environment.put("HF_ENDPOINT", hub.endpoint().toString());
      environment.put("no_proxy", "127.0.0.1,localhost");
      fetch(WeightVariant.PLAIN);
      assertEquals(asked + 1, proxy.heads.size());
      assertFalse(hub.sawProxyAuthorization());
    }
  }

  @Test
  void theCacheIsWhereTheVariablesSay() throws IOException {
    assertEquals(folder.resolve("hub"), settings().cache());
    environment.remove("HF_HOME");
    assertEquals(folder.resolve(".cache/huggingface/hub"), settings().cache());
    environment.put("XDG_CACHE_HOME", "/x");
    assertEquals(Path.of("/x/huggingface/hub"), settings().cache());
    environment.put("HF_HUB_CACHE", "~/y");
    assertEquals(folder.resolve("y"), settings().cache());
    environment.put("HF_ENDPOINT", "ftp://x");
    assertThrows(IllegalArgumentException.class, this::settings);
  }

  @Test
  void idsAreReadStrictly() {
    assertEquals(new HubId("a/b.c-d_e", "v1"), HubId.parse("a/b.c-d_e@v1").orElseThrow());
    assertEquals("main", HubId.parse("a/b").orElseThrow().revision());
    for (String text :
        List.of(
            "a",
            "a/b/c",
            "/b",
            "a/",
            "../b",
            "a/..",
            "a/b@",
            "a/b@../x",
            "a b/c",
            "a--b/c",
            "a/b@x@y",
            "~/b")) {
      assertTrue(HubId.parse(text).isEmpty(), text);
    }
  }
}
