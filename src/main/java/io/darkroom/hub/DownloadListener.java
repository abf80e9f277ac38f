package io.darkroom.hub;

/** Learns how a download goes on; called from several threads. */
public interface DownloadListener {
  /**
   * It is clear what is to be done.
   *
   * @param plan what
   */
  void planned(DownloadPlan plan);

  /**
   * Bytes arrived.
   *
   * @param bytes how many; less than 0 where some have to be fetched once more
   * @throws java.util.concurrent.CancellationException if the download is to end
   */
  void received(long bytes);

  /**
   * A file is complete and in its place.
   *
   * @param path its path in the repository
   * @param bytes its size
   */
  void finished(String path, long bytes);

  /**
   * Something is worth knowing, such as a pause that the server asked for.
   *
   * @param message one line
   */
  void note(String message);
}
