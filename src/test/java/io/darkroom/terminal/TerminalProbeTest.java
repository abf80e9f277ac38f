package io.darkroom.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TerminalProbeTest {
  private static final Path NONE = Path.of("/no/such/terminal");

  @ParameterizedTest
  @CsvSource({
    "E_Gi=31;OKE\\E[?62;c,KITTY",
    "E_Gi=31;EINVAL:what?E\\E[?62;4c,SIXEL",
    "EP>|iTerm2 3.5.0E\\E[?62;4c,ITERM2",
    "EP>|WezTerm 20240203E\\E[?65;4;6c,ITERM2",
    "EP>|tmux 3.5aE\\E[?1;2;4c,SIXEL",
    "EP>|XTerm(390)E\\E[?64;1;2;6;9;15;c,BLOCKS",
    "E[?64;1;2;4;6c,SIXEL",
    "E[?64;14;24;40c,BLOCKS",
    "'',BLOCKS",
    "rubbish 4c,BLOCKS",
  })
  void theAnswersDecide(String answers, PictureProtocol expected) {
    assertEquals(
        expected,
        TerminalProbe.interpret(
            answers.replace('E', '\033').replace("\033INVAL", "EINVAL"), Map.of()));
  }

  @Test
  void theEnvironmentCountsWhereTheTerminalIsSilent() {
    assertEquals(PictureProtocol.ITERM2, silent(Map.of("TERM_PROGRAM", "WezTerm")));
    assertEquals(PictureProtocol.ITERM2, silent(Map.of("TERM_PROGRAM", "iTerm.app")));
    assertEquals(PictureProtocol.BLOCKS, silent(Map.of("TERM_PROGRAM", "iTerm.app", "TMUX", "x")));
    assertEquals(PictureProtocol.KITTY, silent(Map.of("KITTY_WINDOW_ID", "1")));
    assertEquals(PictureProtocol.KITTY, silent(Map.of("TERM", "xterm-ghostty")));
    assertEquals(
        PictureProtocol.BLOCKS, silent(Map.of("KITTY_WINDOW_ID", "1", "TERM", "screen.xterm")));
    assertEquals(
        PictureProtocol.BLOCKS,
        TerminalProbe.interpret("\033[?1c", Map.of("TERM_PROGRAM", "WezTerm")));
  }

  private static PictureProtocol silent(Map<String, String> environment) {
    return TerminalProbe.interpret("", environment);
  }

  @Test
  void theUserHasTheLastWord() {
    assertEquals(
        Optional.of(PictureProtocol.SIXEL),
        TerminalProbe.choose(Map.of("DARKROOM_GRAPHICS", "sixel"), NONE));
    assertEquals(
        Optional.empty(),
        TerminalProbe.choose(Map.of("DARKROOM_GRAPHICS", "none", "TERM", "xterm"), NONE));
    assertEquals(Optional.empty(), TerminalProbe.choose(Map.of("TERM", "dumb"), NONE));
    assertEquals(
        Optional.of(PictureProtocol.BLOCKS),
        TerminalProbe.choose(Map.of("TERM", "xterm-256color"), NONE));
  }
}
