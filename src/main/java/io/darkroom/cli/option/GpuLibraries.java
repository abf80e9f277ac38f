package io.darkroom.cli.option;

import io.darkroom.base.FileFailure;
import io.darkroom.cli.console.DownloadProgress;
import io.darkroom.cli.console.Interruption;
import io.darkroom.cli.console.Messages;
import io.darkroom.cli.console.Surroundings;
import io.darkroom.hub.ByteCount;
import io.darkroom.runtime.LibTorchDownload;
import io.darkroom.runtime.LibTorchDownload.Plan;
import io.darkroom.runtime.LibTorchDownload.Wanted;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * libtorch for a GPU, before the engine starts: some gigabytes, which the engine would download
 * without a word.
 *
 * @param surroundings the process
 * @param messages says what is downloaded, and how far it is
 */
public record GpuLibraries(Surroundings surroundings, Messages messages) {
  /** Where the launcher says that libtorch for the CPU lies. */
  private static final String CPU_LIBRARIES = "darkroom.libtorch";

  /**
   * Makes sure that the engine finds a libtorch, and downloads it if need be.
   *
   * @param device what is to compute: {@code cpu}, or something that may be a GPU
   * @throws IOException if it cannot be downloaded; the message says what to do
   */
  public void prepare(String device) throws IOException {
    Optional<Wanted> wanted = Wanted.here();
    if (wanted.isEmpty()) {
      return;
    }
    if (device.equals("cpu")) {
      useCpu();
    } else if (wanted.get().isForCuda()) {
      fetch(LibTorchDownload.SOURCE, LibTorchDownload.cache(), wanted.get());
    } else if (useCpu()) {
      messages.note(
          "there is no CUDA runtime (libcudart) that works, so that the processor paints;"
              + " docs/install.md tells what a GPU needs");
    }
  }

  void fetch(URI source, Path cache, Wanted wanted) throws IOException {
    LibTorchDownload download =
        new LibTorchDownload(
            source, cache, wanted, new HubModels(surroundings, messages).settings().proxies());
    try (Interruption interruption = new Interruption(messages)) {
      Optional<Plan> plan = download.plan();
      if (plan.isPresent()) {
        requireSpace(plan.get());
        DownloadProgress progress =
            new DownloadProgress(
                messages, interruption, Charset.defaultCharset(), System::nanoTime);
        progress.planned(announcement(source, wanted, plan.get()), plan.get().bytes());
        download.run(plan.get(), progress::received);
      }
    } catch (IOException e) {
      throw new IOException(
          "cannot bring libtorch for CUDA from "
              + source.getHost()
              + " to "
              + cache
              + ": "
              + reason(e)
              + "; the same command goes on where this one ended; docs/install.md tells how to bring"
              + " it by hand; --device cpu needs none of it",
          e);
    } finally {
      messages.clearStatus();
    }
  }

  private static String announcement(URI source, Wanted wanted, Plan plan) {
    return "downloading libtorch %s for CUDA %s from %s, once: %d files, %s, to %s; to bring it to a machine without a network, copy this folder; --device cpu needs none of it"
        .formatted(
            wanted.version(),
            plan.cuda(),
            source.getHost(),
            plan.files().size(),
            ByteCount.text(plan.bytes()),
            plan.folder());
  }

  private static void requireSpace(Plan plan) throws IOException {
    long free = Files.getFileStore(plan.folder().getParent()).getUsableSpace();
    if (free < plan.bytes()) {
      throw new IOException(
          "there are %s free on this disk, and it needs more than %s; free some, or name a folder on another disk with ENGINE_CACHE_DIR"
              .formatted(ByteCount.text(free), ByteCount.text(plan.bytes())));
    }
  }

  private static String reason(IOException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
        return "the host's name is not known; is there a connection, or a proxy to set?";
      }
    }
    return failure instanceof ConnectException
        ? "it takes no connection"
        : FileFailure.reason(failure);
  }

  /** Where libtorch for the CPU is here, the engine need not download it. */
  private static boolean useCpu() {
    String libraries = System.getProperty(CPU_LIBRARIES);
    if (libraries != null) {
      System.setProperty("PYTORCH_FLAVOR", "cpu");
      System.setProperty("PYTORCH_LIBRARY_PATH", libraries);
    }
    return libraries != null;
  }
}
