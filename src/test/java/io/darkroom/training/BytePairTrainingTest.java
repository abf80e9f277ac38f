package io.darkroom.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.darkroom.text.ClipTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BytePairTrainingTest {
  /** 256 bytes, each alone and at a word's end, the two special tokens, and the merges. */
  private static final int ALPHABET = 512;

  @Test
  void everyWordSeenBecomesOneToken(@TempDir Path folder) throws IOException {
    BytePairTraining pairs = new BytePairTraining();
    pairs.add("a red house, a red boat");
    pairs.add("a red boat at night");
    int size = pairs.write(folder, 16);
    try (ClipTokenizer tokenizer = ClipTokenizer.open(folder)) {
      assertEquals(size, tokenizer.vocabularySize());
      assertEquals(16, tokenizer.maxLength());
      // begin, "a", "red", "house", ",", "a", "red", "boat", end
      assertEquals(9, tokenizer.encode("A red  house, a red boat").length());
      // An unseen word falls into pieces, but none is lost.
      assertEquals("", tokenizer.encode("a reddish boathouse").lost());
    }
  }

  @Test
  void theMostFrequentPairIsMergedFirst(@TempDir Path folder) throws IOException {
    BytePairTraining pairs = new BytePairTraining();
    pairs.add("ab ab ab xy");
    pairs.write(folder, 8);
    try (ClipTokenizer tokenizer = ClipTokenizer.open(folder)) {
      assertEquals(ALPHABET, tokenizer.encode("ab").ids()[1]);
      assertEquals(ALPHABET + 1, tokenizer.encode("xy").ids()[1]);
    }
  }
}
