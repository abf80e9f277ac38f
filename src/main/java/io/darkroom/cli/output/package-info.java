/**
 * Where pictures go: names, files that appear whole or not at all, the texts in them, standard
 * output.
 */
package io.darkroom.cli.output;
