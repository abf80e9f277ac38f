/** What a person asks for, as values: settings, texts, and what a run begins with. */
package io.darkroom.request;
