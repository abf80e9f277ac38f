/** The commands about the models of the hub. */
package io.darkroom.cli.models;
