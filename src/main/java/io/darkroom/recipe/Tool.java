package io.darkroom.recipe;

/** Who wrote a recipe. */
public enum Tool {
  /** This program. */
  DARKROOM("darkroom", "Darkroom"),
  /** AUTOMATIC1111's web UI, or one of the many that write as it does. */
  AUTOMATIC1111("automatic1111", "AUTOMATIC1111's web UI or its like"),
  /** ComfyUI, which writes a graph. */
  COMFYUI("comfyui", "ComfyUI");

  private final String jsonName;
  private final String displayName;

  Tool(String jsonName, String displayName) {
    this.jsonName = jsonName;
    this.displayName = displayName;
  }

  /**
   * The name for programs.
   *
   * @return such as {@code comfyui}
   */
  public String jsonName() {
    return jsonName;
  }

  /**
   * The name for people.
   *
   * @return such as {@code ComfyUI}
   */
  public String displayName() {
    return displayName;
  }
}
