package io.darkroom.batch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.request.Choices;
import io.darkroom.request.GuidanceInterval;
import io.darkroom.request.InvalidRequestException;
import io.darkroom.request.Setting;
import io.darkroom.sampling.Prediction;
import io.darkroom.sampling.SamplerChoice;
import io.darkroom.sampling.SamplerKind;
import io.darkroom.sampling.Schedule;
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
import org.junit.jupiter.params.provider.ValueSource;

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
        Choices.NONE
            .with(Setting.NEGATIVE_PROMPT, "fog and rain")
            .with(Setting.STEPS, 20)
            .with(Setting.GUIDANCE_SCALE, 7.0)
            .withText(Setting.SAMPLER, "DPM++ 2M")
            .with(Setting.WIDTH, 512)
            .with(Setting.HEIGHT, 256),
        line.choices());
    assertEquals(Optional.of(5L), line.seed());
    assertEquals(Optional.of(6), line.images());
  }

  @Test
  void darkroomsOptionsAreRead() throws IOException {
    PromptLine line =
        only(
            "--prompt a house -n fog -s 18446744069414584321 -N 2 -g 3.5 --sampler DPM++ 2M"
                + " --eta 0.5 -W 64 -H"
                + " 32 --schedule SGM Uniform --guidance-rescale 0.5 --clip-skip 2"
                + " --guidance-interval 0.2: --deep-cache 4 --prediction edm -o 'a"
                + " dir/{seed}.png' --id x7");
    assertEquals("a house", line.prompt());
    assertEquals(Optional.of(1L), line.seed());
    assertEquals(Optional.of(2), line.images());
    assertEquals(Optional.of("a dir/{seed}.png"), line.output());
    assertEquals(Optional.of("x7"), line.id());
    assertEquals(
        Optional.of(GuidanceInterval.parse("0.2:")), line.choices().get(Setting.GUIDANCE_INTERVAL));
    assertEquals(Optional.of(4), line.choices().get(Setting.DEEP_CACHE));
    assertEquals(Optional.of(Prediction.EDM), line.choices().get(Setting.PREDICTION));
    assertEquals(Optional.of(0.5), line.choices().get(Setting.ETA));
    assertEquals(
        Optional.of(SamplerChoice.of(SamplerKind.DPMPP_2M)), line.choices().get(Setting.SAMPLER));
    assertEquals(Optional.of(Schedule.TRAILING), line.choices().get(Setting.SCHEDULE));
    assertEquals(Optional.of(0.5), line.choices().get(Setting.GUIDANCE_RESCALE));
    assertEquals(Optional.of(2), line.choices().get(Setting.CLIP_SKIP));
  }

  @Test
  void aLineMayChooseItsSyntax() throws IOException {
    for (String line :
        List.of(
            "--prompt (a) --prompt-syntax plain",
            "--prompt (a) --prompt_syntax plain",
            "{\"prompt\": \"(a)\", \"prompt_syntax\": \"plain\"}")) {
      assertEquals(
          Optional.of(PromptSyntax.PLAIN), only(line).choices().get(Setting.PROMPT_SYNTAX));
    }
    assertEquals(Optional.empty(), only("--prompt (a)").choices().get(Setting.PROMPT_SYNTAX));
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
                + " \"height\": 16, \"schedule\": \"karras\", \"guidance_rescale\": 0.25,"
                + " \"clip_skip\": 2,"
                + " \"guidance_interval\": \"0.3:5.50\", \"deep_cache\": 3, \"prediction\":"
                + " \"v\", \"images\": 2, \"output\": \"x.png\", \"id\": 9}\n"
                + "{\"prompt\": \"\", \"seed\": null}\n");
    PromptLine line = entries.get(0).line().orElseThrow();
    assertEquals("a house", line.prompt());
    assertEquals(
        Choices.NONE
            .with(Setting.NEGATIVE_PROMPT, "fog")
            .with(Setting.STEPS, 4)
            .with(Setting.GUIDANCE_SCALE, 2.5)
            .withText(Setting.SAMPLER, "euler")
            .with(Setting.ETA, 0.0)
            .with(Setting.WIDTH, 8)
            .with(Setting.HEIGHT, 16)
            .withText(Setting.SCHEDULE, "karras")
            .with(Setting.GUIDANCE_RESCALE, 0.25)
            .with(Setting.GUIDANCE_INTERVAL, new GuidanceInterval(0.3, 5.5))
            .with(Setting.CLIP_SKIP, 2)
            .with(Setting.DEEP_CACHE, 3)
            .with(Setting.PREDICTION, Prediction.V),
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
        "--prompt x --steps 0~steps must be 1 to 10000",
        "--prompt \"x~not closed",
        "--steps 3~no --prompt",
        "--prompt x --seed -2~seed -2 is not between 0 and 18446744073709551615",
        "--prompt x --images 0~images must be 1",
        "--prompt x -g 1e39~guidance scale must be 0 to 1000",
        "--prompt x --prediction w~there is no prediction 'w'; use one of model, epsilon, v, sample",
        "--prompt x --images 2 --batch_size 2~set the same value",
        "--prompt x --batch_size 99999 --n_iter 99999~too large",
        "--prompt x -o ../x.png~it leads out",
        "--prompt x -o a/../../x.png~it leads out",
        "--prompt x -o /tmp/x.png~absolute",
        "--prompt x -o a/~does not name a file",
        "--prompt x -o .hidden.png~hidden",
        "--prompt x -o manifest.jsonl~its own records",
        "--prompt x -o Manifest-1-of-2.jsonl~its own records",
        "--prompt x -o batch.json~its own records",
        "--prompt x -o ./manifest.jsonl~its own records",
        "--prompt x -o ././batch.json~its own records",
        "--prompt x -o Batch.json/x.png~its own records",
        "--prompt x -o .~does not name a file",
        "{\"prompt\": \"x\"~not a complete JSON object",
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
        "{\"prompt\": \"x\"} {}~more than one JSON object",
        "{\"steps\": 3}~the line has no prompt",
        "{'prompt': 'x'}~not a complete JSON object",
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
    assertTrue(entries.get(1).fault().contains("not a JSON object"));
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
    InvalidRequestException e =
        assertThrows(
            InvalidRequestException.class,
            () -> new LineReader(new Letters(Long.MAX_VALUE)).next());
    assertEquals("not a prompt file: line 1 does not end within 67108864 bytes", e.getMessage());
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
          // until the end
        }
      } catch (InvalidRequestException e) {
        assertEquals(1, e.getMessage().lines().count());
      }
    }
  }

  // ---------------------------------------------------------------- encodings and line ends

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16LE", "UTF-16BE", "UTF-8"})
  void aByteOrderMarkTellsTheEncoding(String charset) throws IOException {
    for (String end : List.of("\n", "\r\n", "\r")) {
      String text = String.join(end, "\uFEFFa größe 家 🦊", "", "# no", "{\"prompt\": 3}", "b");
      List<PromptEntry> entries = read(text.getBytes(charset), "p.txt");
      assertEquals(List.of(1, 4, 5), entries.stream().map(PromptEntry::number).toList(), end);
      assertEquals("a größe 家 🦊", entries.get(0).line().orElseThrow().prompt());
      assertTrue(entries.get(1).line().isEmpty());
    }
  }

  @Test
  void textInUtf16ThatIsCutOffOrNoneIsTold() throws IOException {
    byte[] bytes = "\uFEFFa\nb\nc".getBytes(StandardCharsets.UTF_16LE);
    List<PromptEntry> entries = read(Arrays.copyOf(bytes, bytes.length - 1), "p.txt");
    assertTrue(entries.get(2).fault().contains("NUL"), entries.get(2).fault());
    byte[] lone = "\uFEFFa\n\uD83Db\n".getBytes(StandardCharsets.UTF_16BE);
    lone[6] = (byte) 0xD8;
    assertTrue(read(lone, "p.txt").get(1).fault().contains("UTF-16"));
  }

  @Test
  void aCarriageReturnEndsALineAtOnce() throws IOException {
    try (PipedOutputStream out = new PipedOutputStream();
        PipedInputStream in = new PipedInputStream(out)) {
      PromptReader reader = PromptReader.ofStream(in);
      for (String prompt : List.of("a house", "a boat")) {
        out.write((prompt + "\r").getBytes(StandardCharsets.UTF_8));
        out.flush();
        assertEquals(prompt, reader.next().orElseThrow().line().orElseThrow().prompt());
        out.write('\n');
      }
    }
  }

  // ---------------------------------------------------------------- the web UI's options

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--restore_faces false",
        "--restore_faces False --tiling false",
        "--do_not_save_grid",
        "--do_not_save_grid true",
        "--do_not_save_samples false --do_not_save_grid false",
        "--subseed -1 --subseed_strength 0",
        "--subseed 5 --subseed_strength 0.0 --seed_resize_from_h -1 --seed_resize_from_w 0",
        "--outpath_grids some where --prompt_for_display another text",
        "--styles \"\"",
      })
  void optionsThatAskForNothingAreTaken(String options) throws IOException {
    PromptLine line = only(options + " --prompt a house --steps 5");
    assertEquals("a house", line.prompt());
    assertEquals(Optional.of(5), line.choices().get(Setting.STEPS));
    assertEquals(line, only("--prompt a house --steps 5 " + options));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--restore_faces true|--restore_faces is not supported",
        "--restore_faces|--restore_faces is not supported",
        "--restore_faces perhaps|--restore_faces must be true or false, not 'perhaps'",
        "--do_not_save_grid perhaps|--do_not_save_grid must be true or false",
        "--tiling TRUE|--tiling is not supported",
        "--do_not_save_samples true|a batch always saves its pictures",
        "--subseed_strength 0.3|variation seeds",
        "--seed_resize_from_w 512|does not resize seeds",
        "--styles Anime|into the prompt",
        "--sd_model other.safetensors|choose it with --model",
        "--outpath_samples there|--output",
        "--sampler_index 3|--sampler_name",
      })
  void optionsThatAskForSomethingElseAreRefused(String options, String part) throws IOException {
    PromptEntry entry = read("--prompt a house " + options).get(0);
    assertTrue(entry.line().isEmpty());
    assertTrue(entry.fault().contains(part), entry.fault());
  }

  @Test
  void otherProgramsNamesForFieldsDo() throws IOException {
    PromptLine line = only("--prompt x --negative fog --cfg-scale 3 --size 512x768");
    assertEquals(Optional.of("fog"), line.choices().get(Setting.NEGATIVE_PROMPT));
    assertEquals(Optional.of(3.0), line.choices().get(Setting.GUIDANCE_SCALE));
    assertEquals(Optional.of(512), line.choices().get(Setting.WIDTH));
    assertEquals(Optional.of(768), line.choices().get(Setting.HEIGHT));
    PromptLine json =
        only(
            "{\"prompt\":\"x\",\"negative\":\"fog\",\"cfg_scale\":3,\"sampler_name\":\"Euler a\","
                + "\"scheduler\":\"karras\",\"seed\":18446744073709551615}");
    assertEquals(Optional.of(3.0), json.choices().get(Setting.GUIDANCE_SCALE));
    assertEquals(
        Optional.of(SamplerChoice.of(SamplerKind.EULER_ANCESTRAL)),
        json.choices().get(Setting.SAMPLER));
    assertEquals(Optional.of(Schedule.KARRAS), json.choices().get(Setting.SCHEDULE));
    assertEquals(Optional.of(4294967295L), json.seed());
    assertTrue(read("--prompt x --size 8x8 -W 8").get(0).fault().contains("set the same value"));
    assertTrue(
        read("{\"prompt\":\"x\",\"cfg_scale\":3,\"guidance_scale\":3}")
            .get(0)
            .fault()
            .contains("twice"));
  }

  // ---------------------------------------------------------------- tables

  @Test
  void aTableIsReadWhateverPartsItsCells() throws IOException {
    for (String delimiter : List.of(",", ";", "\t")) {
      for (String name : List.of("p.csv", "p.txt", "")) {
        String text =
            "\uFEFFPrompt,Negative Prompt,seed,cfg_scale,id\r\n"
                + "\"a red, \"\"big\"\"; house\",fog,7,2.5,one\r\n"
                + ",,,,\r\n\r\n"
                + "\"a boat\non two lines\"\r\n"
                + "# a 5\" pipe,,-1,,\r\n";
        List<PromptEntry> entries =
            read(
                text.replace(",", delimiter)
                    .replace("red" + delimiter, "red,")
                    .getBytes(StandardCharsets.UTF_8),
                name);
        assertEquals(
            List.of("a red, \"big\"; house", "a boat\non two lines", "# a 5\" pipe"),
            prompts(entries),
            name + delimiter);
        assertEquals(List.of(2, 5, 7), entries.stream().map(PromptEntry::number).toList());
        PromptLine house = entries.get(0).line().orElseThrow();
        assertEquals(Optional.of("fog"), house.choices().get(Setting.NEGATIVE_PROMPT));
        assertEquals(Optional.of(7L), house.seed());
        assertEquals(Optional.of(2.5), house.choices().get(Setting.GUIDANCE_SCALE));
        assertEquals(Optional.of("one"), house.id());
        assertEquals(Optional.empty(), entries.get(2).line().orElseThrow().seed());
      }
    }
  }

  @Test
  void aTableOfOneColumnIsToldByItsName() throws IOException {
    assertEquals(
        List.of("a, b"), prompts(read("prompt\n\"a, b\"\n".getBytes(ISO_8859_1), "P.CSV")));
    assertEquals(List.of("a, b"), prompts(read("prompt\na, b\n".getBytes(ISO_8859_1), "p.tsv")));
    assertEquals(List.of("prompt", "a, b"), prompts(read("prompt\na, b\n")));
    assertEquals(
        List.of("prompt, painted", "steps, seed"), prompts(read("prompt, painted\nsteps, seed\n")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "prompt,cfg|the column cfg is unknown; there are prompt,",
        "a red house, by the sea|the first row must name the columns",
        "steps,seed|the table has no column prompt",
        "prompt,Prompt|the column prompt occurs twice",
        "cfg_scale,guidance_scale,prompt|the column guidance_scale occurs twice",
        "\"prompt|the quotation marks of the row are wrong",
      })
  void aFirstRowThatNamesNoColumnsIsToldOf(String header, String part) {
    InvalidRequestException e =
        assertThrows(
            InvalidRequestException.class,
            () -> read((header + "\nx,y\n").getBytes(ISO_8859_1), "p.csv"));
    assertTrue(e.getMessage().contains("line 1: "), e.getMessage());
    assertTrue(e.getMessage().contains(part), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "x,1,2|cell 3 of the row, '2', has no column",
        "x,many|steps must be a whole number, not many",
        "x,1.5|steps must be a whole number",
        ",5|the line has no prompt",
        "\"x\"y,5|the quotation marks of the row are wrong",
        "x,0|steps must be 1 to 10000",
      })
  void aRowThatMakesNoSenseSaysWhy(String row, String part) throws IOException {
    List<PromptEntry> entries =
        read(("prompt,steps\n" + row + "\nlast,3\n").getBytes(ISO_8859_1), "p.csv");
    assertTrue(entries.get(0).fault().contains(part), entries.get(0).fault());
    assertEquals("last", entries.get(1).line().orElseThrow().prompt());
  }

  @Test
  @Timeout(60)
  void aQuotationThatNeverEndsIsBounded() throws IOException {
    String text = "prompt,steps\n\"x\n" + "\"\"\n".repeat(3000) + "last,3\n";
    List<PromptEntry> entries = read(text.getBytes(ISO_8859_1), "p.csv");
    assertTrue(entries.get(0).fault().contains("not closed within 1000 lines"));
    assertEquals(2, entries.get(0).number());
    assertEquals("last", entries.get(entries.size() - 1).line().map(PromptLine::prompt).orElse(""));
  }

  /** Whatever the texts are, a table gives them back. */
  @Test
  void quotingIsUndone() throws IOException {
    Random random = new Random(7);
    String letters = "ab\"',;\t \n#{é家";
    for (int round = 0; round < 300; round++) {
      List<String> texts = new ArrayList<>();
      StringBuilder table = new StringBuilder("prompt,negative_prompt\n");
      for (int row = 0; row < 5; row++) {
        StringBuilder prompt = new StringBuilder("x");
        for (int i = random.nextInt(12); i > 0; i--) {
          prompt.append(letters.charAt(random.nextInt(letters.length())));
        }
        texts.add(prompt.toString());
        String quoted = "\"" + prompt.toString().replace("\"", "\"\"") + "\"";
        table.append(quoted).append(',').append(quoted).append(row % 2 == 0 ? "\n" : "\r\n");
      }
      List<PromptEntry> entries = read(table.toString().getBytes(StandardCharsets.UTF_8), "p.csv");
      assertEquals(texts, prompts(entries));
      for (int row = 0; row < texts.size(); row++) {
        assertEquals(
            Optional.of(texts.get(row)),
            entries.get(row).line().orElseThrow().choices().get(Setting.NEGATIVE_PROMPT));
      }
    }
  }

  /** Two bytes at most are changed, added or taken away, so that much of each text still counts. */
  @Test
  void noFileDoesMoreThanMakeNoSense() throws IOException {
    Random random = new Random(11);
    List<byte[]> seeds = new ArrayList<>();
    for (String text :
        List.of(
            "{\"prompt\": \"x\", \"seed\": 3}\n",
            "--prompt \"a b\" --restore_faces false --size 8x8 -o 'x{seed}.png'\nhouse\r",
            "prompt,seed,output\r\n\"a, \"\"b\"\"\",5,x.png\r\n",
            "prompt\tnegative_prompt\na\tb\n")) {
      seeds.add(text.getBytes(StandardCharsets.UTF_8));
      seeds.add(("\uFEFF" + text).getBytes(StandardCharsets.UTF_16LE));
      seeds.add(("\uFEFF" + text).getBytes(StandardCharsets.UTF_16BE));
    }
    for (int i = 0; i < 4000; i++) {
      byte[] bytes = seeds.get(i % seeds.size());
      int at = random.nextInt(bytes.length);
      int keep = at + random.nextInt(3);
      byte[] changed = Arrays.copyOf(bytes, Math.max(at + 1, bytes.length + 1 - (keep - at)));
      System.arraycopy(
          bytes,
          Math.min(keep, bytes.length),
          changed,
          at + 1,
          Math.min(bytes.length - Math.min(keep, bytes.length), changed.length - at - 1));
      changed[at] = (byte) random.nextInt(256);
      try {
        for (PromptEntry entry : read(changed, i % 2 == 0 ? "p.csv" : "p.txt")) {
          assertEquals(entry.line().isEmpty(), !entry.fault().isEmpty());
          assertTrue(entry.fault().lines().count() <= 1, entry.fault());
        }
      } catch (InvalidRequestException e) {
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
      }
    }
  }

  private static List<PromptEntry> read(byte[] bytes, String name) throws IOException {
    PromptReader reader = PromptReader.ofFile(new ByteArrayInputStream(bytes), name);
    List<PromptEntry> entries = new ArrayList<>();
    for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
      entries.add(entry.get());
    }
    return entries;
  }

  private static List<PromptEntry> read(String text) throws IOException {
    return read(text.getBytes(StandardCharsets.UTF_8), "p.txt");
  }

  private static List<String> prompts(List<PromptEntry> entries) {
    return entries.stream()
        .map(entry -> entry.line().orElseThrow(() -> new AssertionError(entry.toString())).prompt())
        .toList();
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
