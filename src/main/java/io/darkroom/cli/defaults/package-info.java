/** Defaults of one's own: the file with them, and which of them a command takes. */
package io.darkroom.cli.defaults;
