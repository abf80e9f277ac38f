package io.darkroom.weights;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.darkroom.base.JsonFault;
import io.darkroom.base.ModelException;
import io.darkroom.base.OneLine;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The JSON at the head of a safetensors file, believed only after it has been checked.
 *
 * @param tensors by name, in the order of the header
 * @param metadata free texts, in the order of the header
 * @param otherTypes what the header calls the type of each tensor of {@link StoredType#OTHER}
 */
record SafetensorsHeader(
    Map<String, StoredTensor> tensors,
    Map<String, String> metadata,
    Map<String, String> otherTypes) {
  /** A full SDXL checkpoint has some 2,500 tensors; this bounds what a hostile header can cost. */
  private static final int MOST_TENSORS = 200_000;

  private static final int MOST_DIMENSIONS = 16;

  /** No sign, no fraction, no exponent; 18 digits are within a long and beyond all disks. */
  private static final Pattern SIZE = Pattern.compile("[0-9]{1,18}");

  private static final String ADVICE = "download the file again";

  /**
   * Reads and checks a header.
   *
   * @param text the header, nothing but it
   * @param file the file's name for messages
   * @param dataStart the offset in the file of the first byte behind the header
   * @param fileSize bytes
   * @return the header
   * @throws ModelException if the header lies about the file or is no header
   */
  static SafetensorsHeader read(Reader text, Path file, long dataStart, long fileSize) {
    JsonReader json = new JsonReader(text);
    json.setStrictness(Strictness.STRICT);
    try {
      SafetensorsHeader header =
          new Parser(json, file, dataStart, fileSize - dataStart, new LinkedHashMap<>()).header();
      checkLayout(header.tensors.values(), file, dataStart, fileSize);
      return header;
    } catch (IOException | IllegalStateException failure) {
      throw new ModelException(
          file + ": the header is broken: " + JsonFault.describe(json, failure) + "; " + ADVICE,
          failure);
    }
  }

  /** The data must be covered from its first byte to its last, each byte by one tensor. */
  private static void checkLayout(
      Iterable<StoredTensor> tensors, Path file, long dataStart, long fileSize) {
    List<StoredTensor> inOrder = new ArrayList<>();
    tensors.forEach(inOrder::add);
    inOrder.sort(
        Comparator.comparingLong(StoredTensor::offset).thenComparingLong(StoredTensor::length));
    long end = dataStart;
    for (StoredTensor tensor : inOrder) {
      if (tensor.offset() != end) {
        throw new ModelException(
            "%s: tensor %s begins at byte %d, but the one before it ends at byte %d; %s"
                .formatted(file, OneLine.of(tensor.name()), tensor.offset(), end, ADVICE));
      }
      end += tensor.length();
    }
    if (end != fileSize) {
      throw new ModelException(
          "%s: the tensors end at byte %d, but the file has %d; %s"
              .formatted(file, end, fileSize, ADVICE));
    }
  }

  /** Reads the header's grammar: an object of tensor entries and, at most once, the metadata. */
  private record Parser(
      JsonReader json, Path file, long dataStart, long dataSize, Map<String, String> otherTypes) {
    SafetensorsHeader header() throws IOException {
      Map<String, StoredTensor> tensors = new LinkedHashMap<>();
      Map<String, String> metadata = new LinkedHashMap<>();
      boolean metadataSeen = false;
      expect(JsonToken.BEGIN_OBJECT, "the header", "an object");
      json.beginObject();
      while (json.hasNext()) {
        String name = json.nextName();
        if (name.equals("__metadata__")) {
          if (metadataSeen) {
            throw wrong("the header has __metadata__ twice");
          }
          metadataSeen = true;
          readMetadata(metadata);
        } else if (tensors.put(name, tensor(name)) != null) {
          throw wrong("the header has tensor " + OneLine.of(name) + " twice");
        } else if (tensors.size() > MOST_TENSORS) {
          throw wrong("the header has more than " + MOST_TENSORS + " tensors");
        }
      }
      json.endObject();
      if (json.peek() != JsonToken.END_DOCUMENT) {
        throw wrong("text follows the header's object");
      }
      return new SafetensorsHeader(
          Collections.unmodifiableMap(tensors),
          Collections.unmodifiableMap(metadata),
          Collections.unmodifiableMap(otherTypes));
    }

    private void readMetadata(Map<String, String> metadata) throws IOException {
      expect(JsonToken.BEGIN_OBJECT, "__metadata__", "an object");
      json.beginObject();
      while (json.hasNext()) {
        String key = json.nextName();
        expect(JsonToken.STRING, "__metadata__." + OneLine.of(key), "a string");
        if (metadata.put(key, json.nextString()) != null) {
          throw wrong("the header has __metadata__." + OneLine.of(key) + " twice");
        }
        if (metadata.size() > MOST_TENSORS) {
          throw wrong("__metadata__ has more than " + MOST_TENSORS + " entries");
        }
      }
      json.endObject();
    }

    private StoredTensor tensor(String name) throws IOException {
      String where = "tensor " + OneLine.of(name);
      String dtype = null;
      List<Long> shape = null;
      List<Long> span = null;
      expect(JsonToken.BEGIN_OBJECT, where, "an object");
      json.beginObject();
      while (json.hasNext()) {
        String key = json.nextName();
        String place = where + ": " + OneLine.of(key);
        boolean repeated =
            switch (key) {
              case "dtype" -> dtype != null;
              case "shape" -> shape != null;
              case "data_offsets" -> span != null;
              default -> throw wrong(place + " is not a key of a tensor");
            };
        if (repeated) {
          throw wrong(place + " occurs twice");
        }
        switch (key) {
          case "dtype" -> {
            expect(JsonToken.STRING, place, "a string");
            dtype = json.nextString();
          }
          case "shape" -> shape = naturals(place, MOST_DIMENSIONS);
          default -> span = naturals(place, 2);
        }
      }
      json.endObject();
      if (dtype == null || shape == null || span == null) {
        String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
        throw wrong(where + " has no " + missing);
      }
      return checked(name, where, dtype, shape, span);
    }

    private StoredTensor checked(
        String name, String where, String dtype, List<Long> shape, List<Long> span) {
      StoredType type = StoredType.named(dtype);
      if (type == StoredType.OTHER) {
        otherTypes.put(name, dtype);
      }
      if (span.size() != 2) {
        throw wrong(where + ": data_offsets must be two numbers, not " + span);
      }
      long begin = span.get(0);
      long end = span.get(1);
      if (begin > end || end > dataSize) {
        throw wrong(
            "%s: data_offsets %s are not within the %d bytes of data"
                .formatted(where, span, dataSize));
      }
      long needed;
      try {
        needed = type.bytes();
        for (long dimension : shape) {
          needed = Math.multiplyExact(needed, dimension);
        }
      } catch (ArithmeticException overflow) {
        throw wrong(where + ": shape " + shape + " is too large for any memory");
      }
      if (type != StoredType.OTHER && needed != end - begin) {
        throw wrong(
            "%s: shape %s of %s takes %d bytes, but data_offsets %s hold %d"
                .formatted(where, shape, type, needed, span, end - begin));
      }
      return new StoredTensor(name, type, shape, dataStart + begin, end - begin);
    }

    private List<Long> naturals(String place, int most) throws IOException {
      expect(JsonToken.BEGIN_ARRAY, place, "a list of numbers");
      List<Long> numbers = new ArrayList<>();
      json.beginArray();
      while (json.hasNext()) {
        expect(JsonToken.NUMBER, place, "a list of numbers");
        String number = json.nextString();
        if (!SIZE.matcher(number).matches()) {
          throw wrong(place + " has " + OneLine.of(number) + ", which is not a size");
        }
        if (numbers.size() == most) {
          throw wrong(place + " has more than " + most + " numbers");
        }
        numbers.add(Long.valueOf(number));
      }
      json.endArray();
      return numbers;
    }

    private void expect(JsonToken token, String place, String kind) throws IOException {
      JsonToken found = json.peek();
      if (found != token) {
        throw wrong(
            "%s must be %s, not %s".formatted(place, kind, found.name().toLowerCase(Locale.ROOT)));
      }
    }

    private ModelException wrong(String what) {
      return new ModelException(file + ": " + what + "; " + ADVICE);
    }
  }
}
