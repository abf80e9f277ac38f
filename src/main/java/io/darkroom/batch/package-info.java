/**
 * Many pictures from a file of prompts: reading it, planning what is to be made, sharing the work
 * among shards and workers, and the manifest that knows what is done. Which bytes a picture's file
 * has is the caller's affair.
 */
package io.darkroom.batch;
