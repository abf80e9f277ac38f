package io.darkroom.cli.output;

import com.google.gson.JsonObject;
import io.darkroom.base.Printable;
import io.darkroom.pipeline.ModelDescription;
import io.darkroom.request.Setting;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** The line on standard output that tells a script of a finished picture. */
public enum Report {
  /** The picture's path. */
  PATH {
    @Override
    public String line(FinishedPicture picture, ModelDescription pipeline) {
      return picture.path().toString();
    }

    @Override
    public Charset charset() {
      return Charset.defaultCharset();
    }
  },
  /** A JSON object with path, request and times. */
  JSON {
    @Override
    public String line(FinishedPicture picture, ModelDescription pipeline) {
      JsonObject line = new JsonObject();
      line.addProperty("path", picture.path().toString());
      RequestFields.add(picture.rendered().request(), line);
      if (line.has(Setting.HIRES.key())) {
        line.addProperty("hires_width", picture.rendered().image().width());
        line.addProperty("hires_height", picture.rendered().image().height());
      }
      line.addProperty("model", pipeline.modelName());
      if (PictureMetadata.isRefined(picture.rendered().request(), pipeline)) {
        pipeline.refiner().ifPresent(refiner -> line.addProperty("refiner", refiner.name()));
      }
      line.addProperty("device", pipeline.device());
      line.addProperty("dtype", pipeline.dtype());
      line.add("seconds", seconds(picture));
      return Printable.line(line.toString());
    }

    @Override
    public Charset charset() {
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
  public abstract String line(FinishedPicture picture, ModelDescription pipeline);

  /** {@return the line's encoding: a path's bytes must be those in the file system} */
  public abstract Charset charset();

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
