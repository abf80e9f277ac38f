/** The commands that paint a series of pictures, and that read what pictures were made with. */
package io.darkroom.cli.picture;
