/**
 * The command line. Here is the entry: which commands there are, their help, and how a failure ends
 * the process. The commands lie in {@code picture}, {@code batch}, {@code models} and {@code
 * bench}; they use {@code option}, which uses {@code output}, which uses {@code console}. Standard
 * output carries data alone; everything said goes to standard error. No mathematics.
 */
package io.darkroom.cli;
