package io.darkroom.batch;

import io.darkroom.lora.LoraChoice;
import io.darkroom.request.ImageRequest;
import java.util.List;

/**
 * A picture that a batch is to make.
 *
 * @param id its name in the manifest
 * @param line the number of its line, from 1
 * @param request what shapes it
 * @param loras what is merged into the model for it, in order
 * @param hash of everything that shapes it, the model included: 64 hexadecimal digits
 * @param path its file, relative to the batch's folder, parts joined by {@code /}
 * @param named whether the line itself names the file
 */
public record BatchPicture(
    String id,
    int line,
    ImageRequest request,
    List<LoraChoice> loras,
    String hash,
    String path,
    boolean named) {
  /** Copies the list. */
  public BatchPicture {
    loras = List.copyOf(loras);
  }

  /** The same picture in another file. */
  BatchPicture at(String other) {
    return new BatchPicture(id, line, request, loras, hash, other, named);
  }
}
