package io.darkroom.recipe;

/** Who wrote a recipe. */
public enum Tool {
  /** This program. */
  DARKROOM("darkroom", "Darkroom"),
  /** AUTOMATIC1111's web UI, or one of the many that write as it does. */
  AUTOMATIC1111("automatic1111", "AUTOMATIC1111's web UI or its like"),
  /** ComfyUI, which writes a graph. */
  COMFYUI("comfyui", "ComfyUI"),
  /** InvokeAI, of any version. */
  INVOKEAI("invokeai", "InvokeAI"),
  /** Fooocus. */
  FOOOCUS("fooocus", "Fooocus"),
  /** SwarmUI, which was StableSwarmUI. */
  SWARMUI("swarmui", "SwarmUI"),
  /** Easy Diffusion. */
  EASY_DIFFUSION("easydiffusion", "Easy Diffusion"),
  /** NovelAI. */
  NOVELAI("novelai", "NovelAI"),
  /** Draw Things. */
  DRAW_THINGS("drawthings", "Draw Things"),
  /** stable-diffusion.cpp, which writes as AUTOMATIC1111's web UI does. */
  STABLE_DIFFUSION_CPP("stable-diffusion.cpp", "stable-diffusion.cpp");

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
