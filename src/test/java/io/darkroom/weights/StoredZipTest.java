package io.darkroom.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import io.darkroom.base.ModelException;
import io.darkroom.testing.PytorchWriter;
import io.darkroom.testing.PytorchWriter.Tensor;
import io.darkroom.torchscript.DeviceWeights;
import io.darkroom.torchscript.Method;
import io.darkroom.torchscript.Precision;
import io.darkroom.torchscript.Program;
import io.darkroom.torchscript.Script;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredZipTest {
  @TempDir Path folder;

  /** PyTorch's own writer always writes the records of Zip64, whatever the size. */
  @Test
  void whatLibtorchWritesIsRead() throws IOException {
    Path path = folder.resolve("module.pt");
    Script script = new Script(Precision.FLOAT32);
    Method method = script.method("run");
    method.returns(method.tensor("x", 1).silu());
    try (NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch");
        DeviceWeights weights = DeviceWeights.of(List.of());
        Program program = Program.compile(script, manager, weights);
        ByteArrayOutputStream target = new ByteArrayOutputStream()) {
      JniUtils.writeModule((PtSymbolBlock) program.block(), target, true);
      // DJL writes the length first.
      byte[] bytes = target.toByteArray();
      assertEquals(bytes.length - 8, ByteBuffer.wrap(bytes).getLong());
      Files.write(path, Arrays.copyOfRange(bytes, 8, bytes.length));
    }
    try (FileChannel channel = FileChannel.open(path)) {
      StoredZip zip = StoredZip.read(path, channel);
      StoredZip.Entry version = named(zip, "/version");
      long start = StoredZip.locate(path, channel, version);
      byte[] text = FileBytes.read(channel, start, (int) version.length()).array();
      assertTrue(new String(text, StandardCharsets.UTF_8).matches("\\d+\\n"));
      StoredZip.Entry pickle = named(zip, "/data.pkl");
      assertEquals(0, StoredZip.locate(path, channel, pickle) % 64, "aligned");
    }
    String message = assertThrows(ModelException.class, () -> PytorchFile.open(path)).getMessage();
    assertTrue(message.contains("it asks for __torch__."), message);
  }

  private static StoredZip.Entry named(StoredZip zip, String ending) {
    return zip.entries().values().stream()
        .filter(entry -> entry.name().endsWith(ending))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void sizesBeyond32BitsAreInZip64Fields() throws IOException {
    Path path = wide(0);
    try (PytorchFile file = PytorchFile.open(path);
        NDManager manager = NDManager.newBaseManager(Device.cpu(), "PyTorch")) {
      assertArrayEquals(new float[] {1, 2, 3}, file.load("x", manager).toFloatArray());
    }
  }

  @Test
  void zip64FieldsThatLieAreRefused() throws IOException {
    for (long lie : new long[] {1, 1L << 40, -1, Long.MAX_VALUE}) {
      Path path = wide(lie);
      String message =
          assertThrows(ModelException.class, () -> PytorchFile.open(path)).getMessage();
      assertTrue(message.contains("zip") || message.contains("damaged"), message);
      assertEquals(1, message.lines().count());
    }
  }

  /**
   * A file of PyTorch whose directory keeps all sizes and places in fields of Zip64.
   *
   * @param lie added to each entry's place
   */
  private Path wide(long lie) throws IOException {
    Path path = folder.resolve("wide.ckpt");
    Map<String, Object> tensors = new LinkedHashMap<>();
    tensors.put("x", Tensor.of(new float[] {1, 2, 3}, 3));
    PytorchWriter.write(path, tensors);
    ByteBuffer narrow = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    int end = narrow.limit() - 22;
    int entries = narrow.getShort(end + 10);
    int directory = narrow.getInt(end + 16);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(narrow.array(), 0, directory);
    int at = directory;
    for (int i = 0; i < entries; i++) {
      int name = narrow.getShort(at + 28);
      int extra = narrow.getShort(at + 30);
      byte[] header = new byte[46 + name];
      narrow.get(at, header);
      ByteBuffer fields = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
      ByteBuffer zip64 = ByteBuffer.allocate(6 + 4 + 24).order(ByteOrder.LITTLE_ENDIAN);
      zip64.putShort((short) 0x5455).putShort((short) 2).putShort((short) 0); // another field
      zip64.putShort((short) 1).putShort((short) 24);
      zip64.putLong(fields.getInt(24)).putLong(fields.getInt(20));
      zip64.putLong(fields.getInt(42) + lie);
      fields.putInt(20, -1).putInt(24, -1).putInt(42, -1).putShort(30, (short) 34);
      bytes.write(header);
      bytes.write(zip64.array());
      at += 46 + name + extra;
    }
    int end64 = bytes.size();
    ByteBuffer tail = ByteBuffer.allocate(56 + 20 + 22).order(ByteOrder.LITTLE_ENDIAN);
    tail.putInt(0, 0x06064b50).putLong(4, 44).putLong(24, entries).putLong(32, entries);
    tail.putLong(40, end64 - directory).putLong(48, directory);
    tail.putInt(56, 0x07064b50).putLong(64, end64).putInt(72, 1);
    tail.putInt(76, 0x06054b50).putShort(84, (short) -1).putShort(86, (short) -1);
    tail.putInt(88, -1).putInt(92, -1);
    bytes.write(tail.array());
    Files.write(path, bytes.toByteArray());
    return path;
  }
}
