package io.darkroom.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.darkroom.request.InvalidRequestException;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardTest {
  @Test
  void eachPieceOfWorkIsOneShards() {
    for (int piece = 0; piece < 20; piece++) {
      int number = piece;
      assertEquals(
          1, IntStream.rangeClosed(1, 3).filter(i -> new Shard(i, 3).owns(number)).count());
      assertTrue(Shard.WHOLE.owns(piece));
    }
    assertTrue(new Shard(1, 3).owns(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "a/b", "1/9999999999"})
  void nonsenseIsRefused(String text) {
    assertThrows(InvalidRequestException.class, () -> Shard.parse(text));
  }

  @Test
  void aClusterTells() {
    assertEquals(Shard.WHOLE, Shard.of(Map.of()));
    assertEquals(new Shard(3, 4), Shard.of(slurm("7", "5", "8", "4", "1")));
    assertEquals(new Shard(2, 3), Shard.of(slurm("2", "0", "4", "3", "2")));
    assertEquals(
        new Shard(1, 8), Shard.of(Map.of("JOB_COMPLETION_INDEX", "0", "DARKROOM_SHARDS", "8")));
  }

  @Test
  void aClusterThatDoesNotTellEnoughIsAnError() {
    assertThrows(
        InvalidRequestException.class, () -> Shard.of(Map.of("JOB_COMPLETION_INDEX", "0")));
    assertThrows(InvalidRequestException.class, () -> Shard.of(Map.of("SLURM_ARRAY_TASK_ID", "0")));
    // --array=1,2,7
    assertThrows(InvalidRequestException.class, () -> Shard.of(slurm("7", "1", "7", "3", "1")));
  }

  private static Map<String, String> slurm(
      String id, String min, String max, String count, String step) {
    return Map.of(
        "SLURM_ARRAY_TASK_ID", id,
        "SLURM_ARRAY_TASK_MIN", min,
        "SLURM_ARRAY_TASK_MAX", max,
        "SLURM_ARRAY_TASK_COUNT", count,
        "SLURM_ARRAY_TASK_STEP", step);
  }
}
