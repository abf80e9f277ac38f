/**
 * How fast a model runs on this machine, held against how fast it could: each stage of the road
 * timed, the arithmetic counted in the emitted graph, and the device's own rates measured beside.
 */
package io.darkroom.bench;
