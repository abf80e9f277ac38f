/**
 * What is generated from the definitions of the commands: completions for shells, man pages, the
 * reference of the options.
 */
package io.darkroom.cli.reference;
