/**
 * The process and its terminal: streams, messages, progress lines, pictures in the terminal, the
 * end by a signal, the exit status.
 */
package io.darkroom.cli.console;
