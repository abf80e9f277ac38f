package io.darkroom.cli;

import com.google.gson.JsonObject;
import io.darkroom.base.Printable;
import io.darkroom.pipeline.TextToImage;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** The line on standard output that tells a script of a finished picture. */
enum Report {
  /** The picture's path. */
  PATH {
    @Override
    String line(FinishedPicture picture, TextToImage pipeline) {
      return picture.path().toString();
    }

    @Override
    Charset charset() {
      return Charset.defaultCharset();
    }
  },
  /** A JSON object with path, request and times. */
  JSON {
    @Override
    String line(FinishedPicture picture, TextToImage pipeline) {
      JsonObject line = new JsonObject();
      line.addProperty("path", picture.path().toString());
      RequestFields.add(picture.rendered().request(), line);
      line.addProperty("model", pipeline.modelName());
      line.addProperty("device", pipeline.device());
      line.addProperty("dtype", pipeline.dtype());
      line.add("seconds", seconds(picture));
      return Printable.line(line.toString());
    }

    @Override
    Charset charset() {
      return StandardCharsets.UTF_8;
    }
  };

  /**
   * The line.
   *
   * @param picture the picture
   * @param pipeline what made it
   * @return the line without its end
   */
  abstract String line(FinishedPicture picture, TextToImage pipeline);

  /** The line's encoding: a path's bytes must be those in the file system. */
  abstract Charset charset();

  private static JsonObject seconds(FinishedPicture picture) {
    JsonObject seconds = new JsonObject();
    seconds.addProperty("load", milliseconds(picture.loadSeconds()));
    seconds.addProperty("encode", milliseconds(picture.rendered().seconds().encode()));
    seconds.addProperty("denoise", milliseconds(picture.rendered().seconds().denoise()));
    seconds.addProperty("decode", milliseconds(picture.rendered().seconds().decode()));
    seconds.addProperty("total", milliseconds(picture.totalSeconds()));
    return seconds;
  }

  private static double milliseconds(double seconds) {
    return Math.round(1000 * seconds) / 1000.0;
  }
}
