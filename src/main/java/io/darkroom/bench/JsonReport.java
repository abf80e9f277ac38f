package io.darkroom.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.darkroom.bench.BenchmarkReport.Case;
import io.darkroom.bench.BenchmarkReport.Counted;
import io.darkroom.bench.BenchmarkReport.Load;
import io.darkroom.bench.BenchmarkReport.Merge;
import io.darkroom.bench.BenchmarkReport.Origin;
import io.darkroom.bench.BenchmarkReport.Seconds;
import io.darkroom.runtime.AttentionTuner;
import io.darkroom.torchscript.Cost.Kind;
import io.darkroom.torchscript.Precision;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A report as one JSON object. Scripts rely on its names, which {@code docs/bench.md} explains:
 * there may be more of them one day, but never others.
 */
public final class JsonReport {
  private JsonReport() {}

  /**
   * Writes a report down.
   *
   * @param report what was measured
   * @return the object
   */
  public static JsonObject of(BenchmarkReport report) {
    JsonObject json = new JsonObject();
    json.addProperty("model", report.model());
    json.addProperty("weights", report.weights().name().toLowerCase(Locale.ROOT));
    json.addProperty("device", report.device());
    report.threads().ifPresent(threads -> json.addProperty("threads", threads));
    json.addProperty("sampler", report.sampler());
    json.addProperty("steps", report.cases().get(0).work().steps());
    json.addProperty("repeats", report.repeats());
    JsonArray rates = new JsonArray();
    report.rates().forEach((format, rate) -> rates.add(rates(format, rate)));
    json.add("rates", rates);
    JsonArray loads = new JsonArray();
    report.loads().forEach(load -> loads.add(load(load, report.weights())));
    json.add("loads", loads);
    if (!report.attention().isEmpty()) {
      JsonArray attention = new JsonArray();
      report.attention().forEach(choice -> attention.add(attention(choice)));
      json.add("attention", attention);
    }
    if (!report.merges().isEmpty()) {
      JsonArray merges = new JsonArray();
      report.merges().forEach(merge -> merges.add(merge(merge, report.rates())));
      json.add("merges", merges);
    }
    JsonArray cases = new JsonArray();
    report.cases().forEach(row -> cases.add(row(row, report.rates())));
    json.add("cases", cases);
    return json;
  }

  private static JsonObject rates(Precision.Format format, DeviceRates rates) {
    JsonObject json = new JsonObject();
    json.addProperty("format", name(format));
    json.addProperty("matrix_product_operations_per_second", rates.matrixProducts());
    json.addProperty("convolution_operations_per_second", rates.convolutions());
    json.addProperty("bytes_per_second", rates.bytes());
    return json;
  }

  private static JsonObject load(Load load, Origin weights) {
    JsonObject json = new JsonObject();
    json.addProperty("dtype", load.dtype());
    json.addProperty("arithmetic", name(load.arithmetic()));
    json.addProperty(
        weights == Origin.FILE ? "load_seconds" : "weights_made_seconds", load.seconds());
    load.read()
        .ifPresent(
            read -> {
              json.addProperty("read_seconds", read.seconds());
              json.addProperty("read_bytes", read.bytes());
              json.addProperty("load_over_read", load.seconds() / read.seconds());
            });
    add(json, "host_peak_bytes", load.peakBytes());
    return json;
  }

  private static JsonObject attention(AttentionTuner.Choice choice) {
    JsonObject json = new JsonObject();
    json.addProperty("heads", choice.shape().heads());
    json.addProperty("queries", choice.shape().queries());
    json.addProperty("keys", choice.shape().keys());
    json.addProperty("width", choice.shape().width());
    json.addProperty("block_queries", choice.form().queries());
    json.addProperty("block_heads", choice.form().heads());
    json.addProperty("block_width", choice.form().width());
    json.addProperty("operations_per_second", choice.rate());
    json.addProperty("whole_operations_per_second", choice.wholeRate());
    return json;
  }

  private static JsonObject merge(Merge merge, Map<Precision.Format, DeviceRates> rates) {
    JsonObject json = new JsonObject();
    json.addProperty("dtype", merge.dtype());
    json.addProperty("loras", merge.loras());
    json.addProperty("rank", merge.rank());
    json.addProperty("layers", merge.layers());
    json.add("seconds", spread(merge.seconds()));
    json.addProperty("operations", merge.cost().cost().operations());
    json.addProperty("bytes", merge.cost().cost().productBytes());
    json.addProperty("floor_seconds", merge.cost().floor(rates));
    json.addProperty("measured_over_floor", merge.overFloor(rates));
    return json;
  }

  private static JsonObject row(Case row, Map<Precision.Format, DeviceRates> rates) {
    JsonObject json = new JsonObject();
    json.addProperty("width", row.work().size().width());
    json.addProperty("height", row.work().size().height());
    row.work()
        .after()
        .ifPresent(
            first -> {
              json.addProperty("first_width", first.width());
              json.addProperty("first_height", first.height());
            });
    json.addProperty("batch_size", row.work().pictures());
    json.addProperty("chunks", row.work().chunks());
    json.addProperty("steps", row.work().steps());
    json.addProperty("loras", row.loras());
    json.addProperty("dtype", row.dtype());
    json.addProperty("evaluations", row.evaluations());
    json.addProperty("tokens", row.tokens());
    json.addProperty("guided", row.guided());
    json.add("seconds", seconds(row.seconds()));
    json.addProperty("steps_per_second", 1 / row.seconds().step().median());
    json.add("outside_networks", spread(row.outside()));
    JsonObject memory = new JsonObject();
    add(memory, "host_peak_bytes", row.memory().hostPeak());
    add(memory, "host_resident_bytes", row.memory().hostResident());
    add(memory, "device_bytes", row.memory().device());
    json.add("memory", memory);
    json.add("step", counted(row.step(), rates, row.stepOverFloor(rates)));
    json.add("decode", counted(row.decoding(), rates, row.decodingOverFloor(rates)));
    return json;
  }

  private static JsonObject seconds(Seconds seconds) {
    JsonObject json = new JsonObject();
    json.add("encode", spread(seconds.encode()));
    json.add("embed", spread(seconds.embed()));
    json.add("step", spread(seconds.step()));
    json.add("bare_step", spread(seconds.bareStep()));
    json.add("decode", spread(seconds.decode()));
    seconds.enlarge().ifPresent(enlarge -> json.add("enlarge", spread(enlarge)));
    return json;
  }

  private static JsonObject spread(Spread spread) {
    JsonObject json = new JsonObject();
    json.addProperty("median", spread.median());
    json.addProperty("min", spread.least());
    json.addProperty("max", spread.most());
    return json;
  }

  private static JsonObject counted(
      Counted counted, Map<Precision.Format, DeviceRates> rates, double overFloor) {
    JsonObject json = new JsonObject();
    json.addProperty("format", name(counted.format()));
    JsonObject operations = new JsonObject();
    for (Kind kind : new Kind[] {Kind.CONVOLUTION, Kind.MATRIX_PRODUCT, Kind.ATTENTION}) {
      operations.addProperty(kind.name().toLowerCase(Locale.ROOT), counted.cost().operations(kind));
    }
    json.add("operations", operations);
    json.addProperty("product_bytes", counted.cost().productBytes());
    json.addProperty("elementwise_bytes", counted.cost().elementwiseBytes());
    json.addProperty("floor_seconds", counted.floor(rates));
    json.addProperty("measured_over_floor", overFloor);
    return json;
  }

  private static void add(JsonObject json, String name, OptionalLong value) {
    value.ifPresent(known -> json.addProperty(name, known));
  }

  /** The format as {@code --dtype} names it. */
  static String name(Precision.Format format) {
    return switch (format) {
      case FLOAT16 -> "fp16";
      case FLOAT32 -> "fp32";
      case BFLOAT16 -> "bf16";
    };
  }
}
