package io.darkroom.batch;

import java.util.Optional;

/**
 * A line of a prompt file that says something, sense or nonsense.
 *
 * @param number the line's number, from 1
 * @param index its place among all such lines, from 0; bad ones count, so that mending one moves
 *     nothing
 * @param line what it asks for; empty if that makes no sense
 * @param fault why it makes no sense; empty if it does
 */
public record PromptEntry(int number, int index, Optional<PromptLine> line, String fault) {}
