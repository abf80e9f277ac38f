package io.darkroom.cli.reference;

/** What documents tell of a user's own defaults. */
final class ConfigText {
  /** In a few sentences. */
  static final String SHORT =
      "Your own defaults, such as steps = 30: an option's long name without its dashes, and its"
          + " value. The command line counts more. The variable DARKROOM_CONFIG names another file;"
          + " with an empty text there is none. ~/.config stands for an XDG_CONFIG_HOME that is not"
          + " set.";

  /** A section of a page in Markdown. */
  static final String SECTION =
      """
      ## Your own defaults

      Write options that you always want into the file `~/.config/darkroom/config.properties`:

      ```properties
      # A key is an option's long name without its dashes.
      steps = 30
      sampler = dpm++2m
      show = true
      output = ~/Pictures/
      # A command's name before the key means that command alone.
      batch.workers = 2
      ```

      | What | How |
      | --- | --- |
      | See what counts | `darkroom doctor` shows the file and what it sets. |
      | Change a default once | Write the option on the command line. To switch off a flag, write `--show=false`. |
      | Do without the file | Set the variable `DARKROOM_CONFIG` to an empty text: `DARKROOM_CONFIG= darkroom ...`. Scripts should do so. |
      | Use another file | Set `DARKROOM_CONFIG` to its path. |
      | Move the file | It lies in `$XDG_CONFIG_HOME/darkroom` if that variable is set. |

      These rules hold:

      - The command line counts most. Then come the variable `DARKROOM_MODEL`, the file, and the model's own defaults.
      - A key holds for every command that has the option with the same kind of value. The commands `batch`, `bench` and
        `upscale` have some options of their own, such as `batch.output`, `bench.steps` and `upscale.model`: a key without
        a command's name does not change them. `darkroom.steps` means `darkroom PROMPT` alone.
      - A default never contradicts what you write. With `--sampler` the file's `schedule` does not count, with
        `--verbose` its `quiet`, and so on. What needs a picture, such as `strength`, counts where there is one.
      - `darkroom again` takes from the file only what does not change the picture: `device`, `threads`, `offload`,
        `batch-size`, `lora-dir`, `output`, `show`, `json` and the like.
      - The format is that of Java's properties, in UTF-8. A backslash is written twice. Relative paths start at the
        folder that you are in, as on the command line; `~/` at the beginning means your home folder.
      - An option that may be given several times has one value here.
      - A key that does not exist, or a wrong value, ends the command with a message that names the line, and status 2.
      """;

  private ConfigText() {}
}
