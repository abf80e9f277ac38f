/**
 * What a picture was made with, as a PNG's texts tell it: Darkroom's own, those of AUTOMATIC1111's
 * web UI and its kin, and ComfyUI's. A text comes from outside, so nothing in it is trusted: what
 * cannot be read is left out, and no text makes a reader fail.
 */
package io.darkroom.recipe;
