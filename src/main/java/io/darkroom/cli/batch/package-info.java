/** The command that paints a file or a stream of prompts. */
package io.darkroom.cli.batch;
