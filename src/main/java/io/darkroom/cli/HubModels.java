package io.darkroom.cli;

import io.darkroom.checkpoint.ModelException;
import io.darkroom.hub.CachedModel;
import io.darkroom.hub.HubCache;
import io.darkroom.hub.HubDownload;
import io.darkroom.hub.HubId;
import io.darkroom.hub.HubSettings;
import io.darkroom.hub.WeightVariant;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The hub's models, for the commands: its cache, and downloads with a progress line.
 *
 * @param surroundings the process
 * @param messages says what a person should know
 */
record HubModels(Surroundings surroundings, Messages messages) {
  /** Where hub and cache are. */
  HubSettings settings() throws IOException {
    String home =
        surroundings.environment().getOrDefault("HOME", System.getProperty("user.home", "."));
    return HubSettings.of(surroundings.environment(), Path.of(home));
  }

  /** The cache on disk. */
  HubCache cache() throws IOException {
    return new HubCache(settings().cache());
  }

  /**
   * Reads an id that must be one.
   *
   * @throws ModelException if it is none
   */
  static HubId id(String text) {
    return HubId.parse(text)
        .orElseThrow(
            () ->
                new ModelException(
                    text + " is no model on the hub; those have ids like organization/name"));
  }

  /**
   * Finds a model to paint with: in the cache, else on the hub.
   *
   * @param id the model
   * @param variant which weights to download, where there is a choice
   * @return its folder
   * @throws IOException if a download fails
   * @throws ModelException if there is no such model, or Darkroom does not run it
   */
  Path locate(HubId id, WeightVariant variant) throws IOException {
    Optional<CachedModel> cached = cache().find(id).filter(CachedModel::isComplete);
    return cached.isPresent() ? cached.get().path() : download(id, variant).model().path();
  }

  /**
   * Looks for a model in the cache alone.
   *
   * @param id the model
   * @return its folder, if it is there and complete
   */
  Optional<Path> cached(HubId id) {
    try {
      return cache().find(id).filter(CachedModel::isComplete).map(CachedModel::path);
    } catch (IOException e) {
      return Optional.empty(); // the caller says that the model is missing
    }
  }

  /**
   * A finished download.
   *
   * @param model the complete model
   * @param receivedBytes how much was fetched for it
   */
  record Downloaded(CachedModel model, long receivedBytes) {}

  /**
   * Downloads a model, or brings it up to date.
   *
   * @param id the model
   * @param variant which weights, where there is a choice
   * @return the model
   * @throws IOException if that fails
   * @throws ModelException if there is no such model, or Darkroom does not run it
   */
  Downloaded download(HubId id, WeightVariant variant) throws IOException {
    HubSettings settings = settings();
    try (Interruption interruption = new Interruption(new UnfinishedFiles(), messages)) {
      DownloadProgress progress =
          new DownloadProgress(messages, interruption, Charset.defaultCharset(), System::nanoTime);
      CachedModel model =
          new HubDownload(settings, new HubCache(settings.cache()), progress).fetch(id, variant);
      return new Downloaded(model, progress.receivedBytes());
    } finally {
      messages.clearStatus();
    }
  }
}
