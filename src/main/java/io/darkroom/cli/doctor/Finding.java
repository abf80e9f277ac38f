package io.darkroom.cli.doctor;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Optional;

/**
 * What a look at one thing showed.
 *
 * @param name what was looked at
 * @param state whether it is as it should be
 * @param text what is there
 * @param advice what to do about it
 * @param facts the same for a script
 */
record Finding(String name, State state, String text, Optional<String> advice, JsonObject facts) {
  /** Whether something is as it should be. */
  enum State {
    /** It is. */
    GOOD("good"),
    /** It works, but could work better. */
    NOTE("note"),
    /** It keeps Darkroom from painting. */
    PROBLEM("problem");

    private final String word;

    State(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  static Finding good(String name, String text) {
    return new Finding(name, State.GOOD, text, Optional.empty(), new JsonObject());
  }

  static Finding note(String name, String text, String advice) {
    return new Finding(name, State.NOTE, text, Optional.of(advice), new JsonObject());
  }

  static Finding problem(String name, String text, String advice) {
    return new Finding(name, State.PROBLEM, text, Optional.of(advice), new JsonObject());
  }

  /** The same with a fact for scripts. */
  Finding with(String key, JsonElement value) {
    JsonObject more = facts.deepCopy();
    more.add(key, value);
    return new Finding(name, state, text, advice, more);
  }

  /** The finding as a line for people; what to do stands in a second one. */
  String line(int nameWidth) {
    String first = "%-8s%s".formatted(state.word(), pad(name, nameWidth) + "  " + text);
    String indent = " ".repeat(8 + nameWidth + 2);
    return first + advice.map(what -> "\n" + indent + "-> " + what).orElse("");
  }

  private static String pad(String text, int width) {
    return text + " ".repeat(Math.max(0, width - text.length()));
  }

  /** The finding for scripts. */
  JsonObject json() {
    JsonObject json = new JsonObject();
    json.addProperty("check", name);
    json.addProperty("state", state.word());
    json.addProperty("text", text);
    advice.ifPresent(what -> json.addProperty("advice", what));
    facts.entrySet().forEach(fact -> json.add(fact.getKey(), fact.getValue()));
    return json;
  }
}
