package io.darkroom.cli.option;

import io.darkroom.base.FileFailure;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import io.darkroom.cli.console.DownloadProgress;
import io.darkroom.cli.console.Interruption;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.hub.CachedModel;
import io.darkroom.hub.HubCache;
import io.darkroom.hub.HubDownload;
import io.darkroom.hub.HubId;
import io.darkroom.hub.HubSettings;
import io.darkroom.hub.WeightVariant;
import io.darkroom.model.HubEnvironment;
import io.darkroom.model.ModelFiles;
import io.darkroom.request.InvalidRequestException;
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
public record HubModels(Surroundings surroundings, Messages messages) {
  /**
   * Where hub and cache are.
   *
   * @return what environment and files say
   * @throws IOException if the file with the token cannot be read
   */
  public HubSettings settings() throws IOException {
    HubEnvironment environment = HubEnvironment.of(surroundings.environment());
    try {
      return HubSettings.of(environment.variables(), environment.userHome());
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage());
    }
  }

  /**
   * The cache on disk.
   *
   * @return the folder that the settings name
   * @throws IOException if the file with the token cannot be read
   */
  public HubCache cache() throws IOException {
    return new HubCache(settings().cache());
  }

  /**
   * Reads an id that must be one.
   *
   * @param text as on the command line
   * @return repository and revision
   * @throws ModelException if it is none
   */
  public static HubId id(String text) {
    if (text.isEmpty()) {
      throw new InvalidRequestException(
          "the id of the model is empty; ids look like organization/name");
    }
    return HubId.parse(text)
        .orElseThrow(
            () ->
                new ModelException(
                    text
                        + " is not the id of a model on the hub; ids look like organization/name"));
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
  public Optional<Path> cached(HubId id) {
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
  public record Downloaded(CachedModel model, long receivedBytes) {}

  /**
   * Downloads a model, or brings it up to date.
   *
   * @param id the model
   * @param variant which weights, where there is a choice
   * @return the model
   * @throws IOException if that fails
   * @throws ModelException if there is no such model, or Darkroom does not run it
   */
  public Downloaded download(HubId id, WeightVariant variant) throws IOException {
    return download(
        (hub, progress) -> new Downloaded(hub.fetch(id, variant), progress.receivedBytes()));
  }

  /**
   * Downloads CLIP's tokenizer for a single-file checkpoint that has none, unless the cache has it.
   *
   * @param model the checkpoint
   * @throws IOException if the hub cannot be reached, or the cache not be written
   * @throws ModelException if the hub must not be asked, or does not give it
   */
  void fetchTokenizer(ModelFiles model) throws IOException {
    try {
      download(
          (hub, progress) ->
              hub.fetch(
                  id(ModelFiles.TOKENIZER_REPOSITORY),
                  ModelFiles.TOKENIZER_FILES,
                  "the tokenizer that "
                      + OneLine.of(model.model().getFileName().toString())
                      + " lacks, once"));
    } catch (ModelException e) {
      throw new ModelException(model.withoutTokenizer(e.getMessage()), e);
    } catch (IOException e) {
      throw new IOException(model.withoutTokenizer(FileFailure.reason(e)), e);
    }
  }

  private interface Work<T> {
    T with(HubDownload hub, DownloadProgress progress) throws IOException;
  }

  private <T> T download(Work<T> work) throws IOException {
    HubSettings settings = settings();
    try (Interruption interruption = new Interruption(messages)) {
      DownloadProgress progress =
          new DownloadProgress(messages, interruption, Charset.defaultCharset(), System::nanoTime);
      return work.with(
          new HubDownload(settings, new HubCache(settings.cache()), progress), progress);
    } finally {
      messages.clearStatus();
    }
  }
}
