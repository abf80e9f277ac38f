/**
 * Models from a hub of model repositories, <a href="https://huggingface.co">huggingface.co</a> or a
 * server that speaks as it does: which files of a repository are needed, their download, and the
 * cache on disk, which is shared with the hub's own tools. What a server says is not trusted: names
 * are checked before they become paths, and contents against their checksums.
 */
package io.darkroom.hub;
