package io.darkroom.cli.batch;

import com.google.gson.JsonObject;
import io.darkroom.base.Printable;
import io.darkroom.batch.BatchPicture;
import io.darkroom.cli.output.RequestFields;
import io.darkroom.pipeline.RenderedImage;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * What a batch tells a program on standard output: the paths of its pictures, or an event a line.
 */
final class BatchReport {
  /** Takes the lines. */
  @FunctionalInterface
  interface Lines {
    /** Writes a line. */
    void print(String line, Charset charset) throws IOException;
  }

  private final Lines out;
  private final boolean json;

  /**
   * Creates a report.
   *
   * @param out takes the lines
   * @param json whether to tell of events
   */
  BatchReport(Lines out, boolean json) {
    this.out = out;
    this.json = json;
  }

  /** A new event, to be filled. */
  static JsonObject event(String name) {
    JsonObject event = new JsonObject();
    event.addProperty("event", name);
    return event;
  }

  /** Tells of an event where events are wanted. */
  void tell(JsonObject event) throws IOException {
    if (json) {
      println(Printable.line(event.toString()), StandardCharsets.UTF_8);
    }
  }

  /**
   * Tells of a picture, by its path or as an event.
   *
   * @param name of the event
   * @param picture the picture
   * @param file its file
   * @param more fields of the event
   * @throws IOException if nobody reads any more
   */
  void tell(String name, BatchPicture picture, Path file, JsonObject more) throws IOException {
    if (!json) {
      println(file.toString(), Charset.defaultCharset());
      return;
    }
    JsonObject event = about(name, picture);
    event.addProperty("path", file.toString());
    RequestFields.add(picture.request(), event);
    more.entrySet().forEach(entry -> event.add(entry.getKey(), entry.getValue()));
    tell(event);
  }

  /** An event about a picture, with its id and line. */
  static JsonObject about(String name, BatchPicture picture) {
    JsonObject event = event(name);
    event.addProperty("id", picture.id());
    event.addProperty("line", picture.line());
    return event;
  }

  /** The times of a picture, as fields of its event. */
  static JsonObject seconds(RenderedImage rendered) {
    JsonObject fields = new JsonObject();
    RenderedImage.Seconds seconds = rendered.seconds();
    fields.addProperty(
        "seconds",
        Math.round(1000 * (seconds.encode() + seconds.denoise() + seconds.decode())) / 1000.0);
    return fields;
  }

  private synchronized void println(String line, Charset charset) throws IOException {
    out.print(line, charset);
  }
}
