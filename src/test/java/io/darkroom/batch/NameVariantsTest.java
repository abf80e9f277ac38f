package io.darkroom.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NameVariantsTest {
  private static final String HASH = "0123456789abcdef";

  @ParameterizedTest
  @CsvSource({
    "x.png,x-01234567.png,x-01234567-2.png",
    "a.b/x.png,a.b/x-01234567.png,a.b/x-01234567-2.png",
    "a.b/x,a.b/x-01234567,a.b/x-01234567-2",
    "x.tar.png,x.tar-01234567.png,x.tar-01234567-2.png",
    "x-01234567.png,x-01234567.png,x-01234567-2.png",
    "x-01234567-7.png,x-01234567.png,x-01234567-2.png",
  })
  void theHashGoesBeforeTheEnding(String own, String first, String second) {
    NameVariants names = new NameVariants(own, HASH);
    assertEquals(first, names.variant(1));
    assertEquals(second, names.variant(2));
    assertTrue(names.include(own));
    assertTrue(names.include(first));
    assertTrue(names.include(second));
  }

  @Test
  void whatOnlyBeginsAlikeIsAnotherName() {
    NameVariants names = new NameVariants("a/x.png", HASH);
    assertFalse(names.include("x.png"));
    assertFalse(names.include("a/x-2.png"));
    assertFalse(names.include("a/x-01234568.png"));
    assertFalse(names.include("a/x-01234567.jpg"));
    assertFalse(names.include("a/xx.png"));
  }
}
