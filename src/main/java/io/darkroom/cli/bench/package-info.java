/** The command that measures how fast a model runs. */
package io.darkroom.cli.bench;
