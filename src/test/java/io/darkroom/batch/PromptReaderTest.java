package io.darkroom.batch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.pipeline.GuidanceInterval;
import io.darkroom.pipeline.InvalidRequestException;
import io.darkroom.pipeline.RequestChoices;
import io.darkroom.text.PromptSyntax;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptReaderTest {
  @Test
  void plainLinesArePromptsAndCommentsAreNot() throws IOException {
    List<PromptEntry> entries =
        read("\uFEFFa red house\r\n\n  # not this\n   a boat  \n{red|blue} car\n[a|b] tree");
    assertEquals(
        List.of("a red house", "a boat", "{red|blue} car", "[a|b] tree"), prompts(entries));
    assertEquals(List.of(1, 4, 5, 6), entries.stream().map(PromptEntry::number).toList());
    assertEquals(List.of(0, 1, 2, 3), entries.stream().map(PromptEntry::index).toList());
  }

  @Test
  void automatic1111sOptionsAreRead() throws IOException {
    PromptLine line =
        only(
            "--prompt \"a \\\"red\\\" house\" --negative_prompt fog and rain --steps 20"
                + " --cfg_scale 7 --sampler_name DPM++ 2M --seed 5 --width 512 --height 256"
                + " --batch_size 2 --n_iter 3");
    assertEquals("a \"red\" house", line.prompt());
    assertEquals(
        new RequestChoices(
            Optional.of("fog and rain"),
            Optional.of(20),
            Optional.of(7.0),
            Optional.of("DPM++ 2M"),
            Optional.empty(),
            Optional.of(512),
            Optional.of(256)),
        line.choices());
    assertEquals(Optional.of(5L), line.seed());
    assertEquals(Optional.of(6), line.images());
  }

  @Test
  void darkroomsOptionsAreRead() throws IOException {
    PromptLine line =
        only(
            "--prompt a house -n fog -s 18446744069414584321 -N 2 -g 3.5 --sampler DPM++ 2M --eta 0.5 -W 64 -H"
                + " 32 --schedule SGM Uniform --guidance-rescale 0.5 --clip-skip 2"
                + " --guidance-interval 0.2: --deep-cache 4 -o 'a dir/{seed}.png' --id x7");
    assertEquals("a house", line.prompt());
    assertEquals(Optional.of(1L), line.seed());
    assertEquals(Optional.of(2), line.images());
    assertEquals(Optional.of("a dir/{seed}.png"), line.output());
    assertEquals(Optional.of("x7"), line.id());
    assertEquals(Optional.of(GuidanceInterval.parse("0.2:")), line.choices().guidanceInterval());
    assertEquals(Optional.of(4), line.choices().deepCache());
    assertEquals(Optional.of(0.5), line.choices().eta());
    assertEquals(Optional.of("DPM++ 2M"), line.choices().sampler());
    assertEquals(Optional.of("SGM Uniform"), line.choices().schedule());
    assertEquals(Optional.of(0.5), line.choices().guidanceRescale());
    assertEquals(Optional.of(2), line.choices().clipSkip());
  }

  @Test
  void aLineMayChooseItsSyntax() throws IOException {
    for (String line :
        List.of(
            "--prompt (a) --prompt-syntax plain",
            "--prompt (a) --prompt_syntax plain",
            "{\"prompt\": \"(a)\", \"prompt_syntax\": \"plain\"}")) {
      assertEquals(Optional.of(PromptSyntax.PLAIN), only(line).choices().promptSyntax());
    }
    assertEquals(Optional.empty(), only("--prompt (a)").choices().promptSyntax());
  }

  @Test
  void minusOneLeavesTheSeedToTheBatch() throws IOException {
    assertEquals(Optional.empty(), only("--prompt a house --seed -1").seed());
    assertEquals(Optional.empty(), only("{\"prompt\": \"a house\", \"seed\": -1}").seed());
  }

  @Test
  void jsonObjectsAreRead() throws IOException {
    List<PromptEntry> entries =
        read(
            """
            {"prompt": "a house", "negative_prompt": "fog", "seed": 3, "steps": 4,
            """
                    .strip()
                + " \"guidance_scale\": 2.5, \"sampler\": \"euler\", \"eta\": 0, \"width\": 8,"
                + " \"height\": 16, \"schedule\": \"karras\", \"guidance_rescale\": 0.25, \"clip_skip\": 2,"
                + " \"guidance_interval\": \"0.3:5.50\", \"deep_cache\": 3, \"images\": 2, \"output\": \"x.png\", \"id\": 9}\n"
                + "{\"prompt\": \"\", \"seed\": null}\n");
    PromptLine line = entries.get(0).line().orElseThrow();
    assertEquals("a house", line.prompt());
    assertEquals(
        new RequestChoices(
            Optional.of("fog"),
            Optional.of(4),
            Optional.of(2.5),
            Optional.of("euler"),
            Optional.of(0.0),
            Optional.of(8),
            Optional.of(16),
            Optional.of("karras"),
            Optional.of(0.25),
            Optional.of(new GuidanceInterval(0.3, 5.5)),
            Optional.of(2),
            Optional.empty(),
            Optional.of(3)),
        line.choices());
    assertEquals(Optional.of("9"), line.id());
    assertEquals("", entries.get(1).line().orElseThrow().prompt());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "--prompt x --stepz 3~'--stepz'",
        "--prompt x --steps many~'many'",
        "--prompt x --prompt-syntax fancy~there is no prompt syntax 'fancy'",
        "--prompt x --steps 0~steps must be at least 1",
        "--prompt \"x~not closed",
        "--steps 3~no --prompt",
        "--prompt x --seed -2~seed -2 is not between 0 and 18446744073709551615",
        "--prompt x --images 0~images must be 1",
        "--prompt x --images 2 --batch_size 2~twice",
        "--prompt x --batch_size 99999 --n_iter 99999~too much",
        "--prompt x -o ../x.png~climbs out",
        "--prompt x -o a/../../x.png~climbs out",
        "--prompt x -o /tmp/x.png~absolute",
        "--prompt x -o a/~names no file",
        "--prompt x -o .hidden.png~hidden",
        "--prompt x -o manifest.jsonl~its own records",
        "--prompt x -o Manifest-1-of-2.jsonl~its own records",
        "--prompt x -o batch.json~its own records",
        "--prompt x -o ./manifest.jsonl~its own records",
        "--prompt x -o ././batch.json~its own records",
        "--prompt x -o Batch.json/x.png~its own records",
        "--prompt x -o .~names no file",
        "{\"prompt\": \"x\"~no complete JSON object",
        "{\"prompt\": \"x\", \"cfg\": 3}~the key cfg is unknown",
        "{\"prompt\": \"x\", \"prompt\": \"y\"}~twice",
        "{\"prompt\": 3}~prompt must be a text, not 3",
        "{\"prompt\": \"x\", \"seed\": 1.5}~seed must be a whole number, not 1.5",
        "{\"prompt\": \"x\", \"seed\": 1e999999999}~seed must be a whole number",
        "{\"prompt\": \"x\", \"seed\": 1e99999999999}~seed must be a whole number",
        "{\"prompt\": \"x\", \"eta\": -1e-99999999999}~eta must be a number",
        "{\"prompt\": \"x\", \"steps\": \"3\"}~steps must be a whole number",
        "{\"prompt\": \"x\", \"steps\": [3]}~steps must be a whole number, not a list",
        "{\"prompt\": \"x\", \"eta\": true}~eta must be a number, not true",
        "{\"prompt\": \"x\", \"output\": {}}~output must be a text, not an object",
        "{\"prompt\": \"x\"} {}~more on the line",
        "{\"steps\": 3}~the key prompt is missing",
        "{'prompt': 'x'}~no complete JSON object",
      })
  void aLineThatMakesNoSenseSaysWhy(String line, String part) throws IOException {
    boolean json = line.startsWith("{");
    PromptEntry entry = read((json ? "{\"prompt\": \"first\"}" : "first") + "\n" + line).get(1);
    assertEquals(2, entry.number());
    assertTrue(entry.line().isEmpty(), line);
    assertTrue(entry.fault().contains(part), entry.fault());
    assertEquals(1, entry.fault().lines().count());
  }

  @Test
  void aLineSeparatorInsideATextEndsNoLine() throws IOException {
    assertEquals("a\u2028b", only("{\"prompt\": \"a\u2028b\"}").prompt());
    assertEquals(List.of("a\u2028b"), prompts(read("{\"prompt\": \"a\u2028b\"}")));
    assertThrows(InvalidRequestException.class, () -> read("[{\"prompt\": \"a\u2028b\"}]"));
  }

  @Test
  void afterJsonAllLinesMustBe() throws IOException {
    List<PromptEntry> entries = read("{\"prompt\": \"x\"}\na house\n");
    assertTrue(entries.get(1).fault().contains("no JSON object"));
  }

  @Test
  void aLineOfAMegabyteIsRefusedAndTheNextOneRead() throws IOException {
    List<PromptEntry> entries = read("first\n" + "x".repeat(1 << 20) + "\na house\n");
    assertTrue(entries.get(1).fault().contains("longer than 65536 bytes"));
    assertEquals("a house", entries.get(2).line().orElseThrow().prompt());
  }

  @Test
  @Timeout(60)
  void aLineWithoutAnEndIsNoText() {
    IOException e =
        assertThrows(
            IOException.class, () -> new LineReader(new Letters(Long.MAX_VALUE)).next());
    assertEquals("line 1 does not end within 67108864 bytes", e.getMessage());
  }

  /** A stream of one letter, again and again. */
  private static final class Letters extends InputStream {
    private long left;

    Letters(long length) {
      left = length;
    }

    @Override
    public int read() {
      return left-- > 0 ? 'a' : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) {
      if (left <= 0) {
        return -1;
      }
      int count = (int) Math.min(left, length);
      Arrays.fill(bytes, offset, offset + count, (byte) 'a');
      left -= count;
      return count;
    }
  }

  @Test
  void whatIsNoTextIsNoPromptFile() {
    for (byte[] bytes :
        List.of(new byte[] {(byte) 0xFF, (byte) 0xD8, 1}, new byte[] {'a', 0, 'b'})) {
      PromptReader reader = PromptReader.ofFile(new ByteArrayInputStream(bytes), "p.txt");
      InvalidRequestException e = assertThrows(InvalidRequestException.class, reader::next);
      assertTrue(e.getMessage().contains("not text"), e.getMessage());
    }
    InvalidRequestException e =
        assertThrows(InvalidRequestException.class, () -> read("[{\"prompt\": \"x\"}]"));
    assertTrue(e.getMessage().contains("JSON array"), e.getMessage());
  }

  @Test
  @Timeout(60)
  void aLineIsReadAsSoonAsItIsThere() throws IOException {
    try (PipedOutputStream out = new PipedOutputStream();
        PipedInputStream in = new PipedInputStream(out)) {
      PromptReader reader = PromptReader.ofFile(in, "p.txt");
      out.write("a house\nand the be".getBytes(StandardCharsets.UTF_8));
      out.flush();
      assertEquals("a house", reader.next().orElseThrow().line().orElseThrow().prompt());
    }
  }

  @Test
  void randomBytesNeverDoMoreThanMakeNoSense() throws IOException {
    Random random = new Random(5);
    String seedText =
        "{\"prompt\": \"x\", \"seed\": 3}\n--prompt \"a b\" --steps 3 -o 'x{seed}'\nhouse\n";
    for (int i = 0; i < 3000; i++) {
      byte[] bytes = seedText.getBytes(StandardCharsets.UTF_8);
      for (int j = random.nextInt(6); j >= 0; j--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      PromptReader reader = PromptReader.ofFile(new ByteArrayInputStream(bytes), "p.txt");
      try {
        while (reader.next().isPresent()) {
          continue;
        }
      } catch (InvalidRequestException e) {
        assertEquals(1, e.getMessage().lines().count());
      }
    }
  }

  private static List<PromptEntry> read(String text) throws IOException {
    PromptReader reader =
        PromptReader.ofFile(
            new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "p.txt");
    List<PromptEntry> entries = new ArrayList<>();
    for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
      entries.add(entry.get());
    }
    return entries;
  }

  private static List<String> prompts(List<PromptEntry> entries) {
    return entries.stream().map(entry -> entry.line().orElseThrow().prompt()).toList();
  }

  private static PromptLine only(String line) throws IOException {
    PromptEntry entry = read(line).get(0);
    return entry.line().orElseThrow(() -> new AssertionError(entry.fault()));
  }

  @Test
  void aStreamSurvivesAFirstLineThatIsNoText() throws IOException {
    PromptReader reader =
        PromptReader.ofStream(
            new ByteArrayInputStream("a red h\u00ffouse\nfine\n".getBytes(ISO_8859_1)));
    PromptEntry first = reader.next().orElseThrow();
    assertEquals(Optional.empty(), first.line());
    assertTrue(first.fault().contains("UTF-8"), first.fault());
    assertEquals("fine", reader.next().orElseThrow().line().orElseThrow().prompt());
    assertEquals(Optional.empty(), reader.next());
  }
}
