/** {@code darkroom doctor}: what this machine has for Darkroom, and what is in its way. */
package io.darkroom.cli.doctor;
