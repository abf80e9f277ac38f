/**
 * Pictures as the control sequences that terminals draw, and the question which of them one knows.
 */
package io.darkroom.terminal;
