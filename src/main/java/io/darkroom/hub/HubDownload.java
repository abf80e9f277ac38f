package io.darkroom.hub;

import io.darkroom.base.JsonConfig;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.model.ModelKind;
import io.darkroom.model.PipelineFamily;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Brings a model from the hub into the cache: the files that Darkroom needs, several at once. */
public final class HubDownload {
  private static final int FILES_AT_ONCE = 4;
  private static final int PATIENCE_SECONDS = 2;

  private final HubSettings settings;
  private final HubCache cache;
  private final DownloadListener listener;
  private final HubClient client;

  /**
   * Prepares downloads; nothing is asked of the hub yet.
   *
   * @param settings where the hub is
   * @param cache takes the files
   * @param listener told how it goes on
   */
  public HubDownload(HubSettings settings, HubCache cache, DownloadListener listener) {
    this(settings, cache, listener, TimeSource.ofMachine());
  }

  /** Prepares downloads that know the time from elsewhere. */
  HubDownload(HubSettings settings, HubCache cache, DownloadListener listener, TimeSource time) {
    this.settings = settings;
    this.cache = cache;
    this.listener = listener;
    client = new HubClient(settings, listener::note, time);
  }

  /**
   * Brings a model into the cache, or up to date there.
   *
   * @param id the model
   * @param variant which weights, where there is a choice
   * @return the complete model
   * @throws ModelException if there is no such model, if the user may not have it, if it is not one
   *     that Darkroom runs, or if the hub must not be asked and the model is not there
   * @throws IOException if the hub cannot be reached, or the cache not be written
   * @throws CancellationException if the listener or an interruption ended it
   */
  public CachedModel fetch(HubId id, WeightVariant variant) throws IOException {
    if (settings.offline()) {
      return cache
          .find(id)
          .filter(CachedModel::isComplete)
          .orElseThrow(
              () ->
                  new ModelException(
                      id
                          + " is not complete in the cache "
                          + cache.root()
                          + ", and HF_HUB_OFFLINE forbids the download"));
    }
    RepositoryListing listing = client.list(id);
    Map<String, RemoteFile> files = byPath(listing);
    if (!files.containsKey(NeededFiles.INDEX)) {
      throw new ModelException(
          "%s has no %s, so it is not a diffusion model in the diffusers layout%s"
              .formatted(id, NeededFiles.INDEX, singleFiles(files)));
    }
    // These small files tell whether Darkroom runs the model, and what else is needed: they are
    // first.
    JsonConfig index = config(id, listing, files.get(NeededFiles.INDEX));
    ModelKind kind = PipelineFamily.of(index).require(id.toString());
    NeededFiles choice =
        NeededFiles.choose(files.keySet(), index, variant).requireComplete(id.toString());
    PipelineFamily.requireKnownInput(
        id.toString(), kind, config(id, listing, files.get(NeededFiles.UNET_CONFIG)));
    fetchAll(id, listing.commit(), files, choice.paths(), choice.precision());
    return cache
        .find(id.at(listing.commit()))
        .map(
            model ->
                new CachedModel(id, model.commit(), model.path(), model.bytes(), model.names()))
        .orElseThrow(() -> new IOException("another process removed " + id + " from the cache"));
  }

  /**
   * Brings some files of a repository into the cache. Where all of them are there already, nothing
   * is asked of the hub.
   *
   * @param id the repository, which need not be a diffusion model
   * @param paths the files' paths in it
   * @param purpose what they are for, in words
   * @return the folder with these paths in it
   * @throws ModelException if there is no such repository or file, if the user may not have it, or
   *     if the hub must not be asked
   * @throws IOException if the hub cannot be reached, or the cache not be written
   * @throws CancellationException if the listener or an interruption ended it
   */
  public Path fetch(HubId id, List<String> paths, String purpose) throws IOException {
    Optional<Path> there =
        cache.find(id).filter(model -> model.names().containsAll(paths)).map(CachedModel::path);
    if (there.isPresent()) {
      return there.get();
    }
    String names = OneLine.of(String.join(" and ", paths));
    if (settings.offline()) {
      throw new ModelException(
          "%s of %s %s not in the cache %s, and HF_HUB_OFFLINE forbids the download"
              .formatted(names, id, paths.size() == 1 ? "is" : "are", cache.root()));
    }
    RepositoryListing listing = client.list(id);
    Map<String, RemoteFile> files = byPath(listing);
    if (!files.keySet().containsAll(paths)) {
      throw new ModelException(id + " does not have " + names);
    }
    fetchAll(id, listing.commit(), files, paths, purpose);
    return cache.snapshot(id, listing.commit());
  }

  private static Map<String, RemoteFile> byPath(RepositoryListing listing) {
    return listing.files().stream()
        .collect(
            Collectors.toMap(
                RemoteFile::path, Function.identity(), (a, b) -> a, LinkedHashMap::new));
  }

  private static String singleFiles(Map<String, RemoteFile> files) {
    List<String> single =
        files.keySet().stream()
            .filter(path -> !path.contains("/") && path.endsWith(".safetensors"))
            .toList();
    return single.isEmpty()
        ? ""
        : " (it has "
            + OneLine.of(String.join(", ", single))
            + ": download that file yourself, and give its path)";
  }

  private JsonConfig config(HubId id, RepositoryListing listing, RemoteFile wanted)
      throws IOException {
    RemoteFile file = described(id, listing.commit(), wanted);
    transfer(id, listing.commit(), file, new Silent(listener)).run();
    return JsonConfig.read(cache.blob(id, file.content().orElseThrow()));
  }

  /** Such a file is so small, and comes before the plan: its bytes are not shown. */
  private record Silent(DownloadListener listener) implements DownloadListener {
    @Override
    public void planned(DownloadPlan plan) {}

    @Override
    public void received(long bytes) {
      listener.received(0);
    }

    @Override
    public void finished(String path, long bytes) {}

    @Override
    public void note(String message) {
      listener.note(message);
    }
  }

  private RemoteFile described(HubId id, String commit, RemoteFile file) throws IOException {
    RemoteFile described = file.content().isPresent() ? file : client.describe(id, commit, file);
    NeededFiles.requireSmall(described, id);
    return described;
  }

  private BlobTransfer transfer(
      HubId id, String commit, RemoteFile file, DownloadListener listener) {
    return new BlobTransfer(settings, client, cache, listener, id, commit, file);
  }

  /** Fetches what of some paths is missing, and then writes down the commit. */
  private void fetchAll(
      HubId id,
      String commit,
      Map<String, RemoteFile> files,
      Collection<String> paths,
      String choice)
      throws IOException {
    List<RemoteFile> wanted = new ArrayList<>();
    for (String path : paths) {
      wanted.add(described(id, commit, files.get(path)));
    }
    fetchAll(id, commit, wanted, choice);
    cache.writeRef(id, commit);
  }

  private void fetchAll(HubId id, String commit, List<RemoteFile> wanted, String choice)
      throws IOException {
    // Two files with the same content are one blob.
    Map<String, List<RemoteFile>> blobs = new LinkedHashMap<>();
    long bytes = 0;
    long missingBytes = 0;
    int missingFiles = 0;
    for (RemoteFile file : wanted) {
      bytes += file.size();
      if (!cache.has(id, commit, file)) {
        List<RemoteFile> same =
            blobs.computeIfAbsent(file.content().orElseThrow().etag(), etag -> new ArrayList<>());
        if (same.isEmpty() && BlobTransfer.missing(cache, id, file) > 0) {
          missingBytes += BlobTransfer.missing(cache, id, file);
          missingFiles++;
        }
        same.add(file);
      }
    }
    listener.planned(
        new DownloadPlan(id, commit, choice, wanted.size(), bytes, missingFiles, missingBytes));
    requireRoom(missingBytes, usableBytes());
    ExecutorService threads = Executors.newFixedThreadPool(FILES_AT_ONCE, daemons());
    try {
      CompletionService<RemoteFile> results = new ExecutorCompletionService<>(threads);
      // The largest first, so that the last one to end is not one that has just begun.
      List<List<RemoteFile>> inOrder = new ArrayList<>(blobs.values());
      inOrder.sort((a, b) -> Long.compare(b.get(0).size(), a.get(0).size()));
      for (List<RemoteFile> same : inOrder) {
        results.submit(() -> fetch(id, commit, same));
      }
      for (int i = 0; i < inOrder.size(); i++) {
        results.take().get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    } catch (ExecutionException e) {
      throw rethrown(e.getCause());
    } finally {
      threads.shutdownNow();
      awaitEnd(threads);
    }
  }

  private RemoteFile fetch(HubId id, String commit, List<RemoteFile> same) throws IOException {
    RemoteFile file = same.get(0);
    boolean isNew = BlobTransfer.missing(cache, id, file) > 0;
    transfer(id, commit, file, listener).run();
    for (RemoteFile each : same) {
      cache.place(id, commit, each);
    }
    if (isNew) {
      listener.finished(file.path(), file.size());
    }
    return file;
  }

  private static IOException rethrown(Throwable failure) {
    if (failure instanceof RuntimeException unchecked) {
      throw unchecked;
    }
    if (failure instanceof Error error) {
      throw error;
    }
    return (IOException) failure; // a transfer throws no other kind
  }

  private static void awaitEnd(ExecutorService threads) {
    try {
      // The threads let go of their files at once; one that waits for the network is a daemon.
      threads.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static ThreadFactory daemons() {
    return work -> {
      Thread thread = new Thread(work, "download");
      thread.setDaemon(true);
      return thread;
    };
  }

  // ---------------------------------------------------------------- room

  private long usableBytes() throws IOException {
    Path folder = cache.root();
    Files.createDirectories(folder);
    return Files.getFileStore(folder).getUsableSpace();
  }

  /** Better before than after an hour. */
  void requireRoom(long needed, long usable) throws IOException {
    if (needed > usable) {
      throw new IOException(
          ("the download needs %s, but %3$s has room for %2$s; make room, or set HF_HUB_CACHE to"
                  + " another folder")
              .formatted(ByteCount.text(needed), ByteCount.text(usable), cache.root()));
    }
  }
}
