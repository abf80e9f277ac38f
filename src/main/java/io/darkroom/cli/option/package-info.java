/**
 * Options that several commands share, each group a mixin, and what they mean on this machine:
 * which model, which device, which files.
 */
package io.darkroom.cli.option;
