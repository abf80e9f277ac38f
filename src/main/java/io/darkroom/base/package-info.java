/** What all packages may use: exceptions, JSON configs, hashes, plain numbers, printable texts. */
package io.darkroom.base;
