/**
 * The command line: commands and options, where pictures go, what is said while they are made, and
 * the exit status. Standard output carries data alone; everything said goes to standard error. No
 * mathematics.
 */
package io.darkroom.cli;
