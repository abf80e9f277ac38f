# shellcheck shell=bash disable=SC2154
#
# The part of the launcher that lays out classes for later starts: a clone does so after each build, an archive has them
# from the start. The launcher sources it when they are missing. It uses the launcher's variables.

# With libtorch for the CPU, whatever else this machine has.
start_java() {
  env -u PYTORCH_LIBRARY_PATH -u PYTORCH_VERSION -u PYTORCH_FLAVOR HF_HUB_CACHE="$home/models" \
    "$java" "@$arguments" -Ddarkroom.home="$home" "${libraries[@]}" "${libtorch[@]}" "$@" \
    </dev/null >/dev/null 2>&1
}

# Writes down the classes that the help, a small picture, a look at it and at the models need, and lays them out for
# the JVM to map. A failure costs speed alone: it leaves an empty archive, which is not used.
archive_classes() {
  local scratch=$archive.$$ run
  mkdir -p "$scratch" 2>/dev/null || return 0
  start_java -XX:DumpLoadedClassList="$scratch/1" -cp "$class_path" io.darkroom.cli.Darkroom --help || true
  if [ -d "$home/models/scenes" ]; then
    start_java -XX:DumpLoadedClassList="$scratch/2" -cp "$class_path" io.darkroom.cli.Darkroom \
      --device cpu --steps 1 --seed 0 --json -o "$scratch/picture.png" "a red house" || true
    start_java -XX:DumpLoadedClassList="$scratch/3" -cp "$class_path" io.darkroom.cli.Darkroom \
      inspect "$scratch/picture.png" || true
    start_java -XX:DumpLoadedClassList="$scratch/4" -cp "$class_path" io.darkroom.cli.Darkroom models list || true
  fi
  for run in "$scratch"/[1234]; do
    sed -e '/ source: /d' -e 's/ id: .*//' "$run"
  done 2>/dev/null | awk '!seen[$0]++' >"$scratch/classes"
  start_java -Xshare:dump -XX:SharedClassListFile="$scratch/classes" \
    -XX:SharedArchiveFile="$scratch/archive" -cp "$class_path" || : >"$scratch/archive"
  mv -f "$scratch/archive" "$archive"
  rm -rf "$scratch"
}

# From JDK 25 on one run leaves behind what the JVM learned in it (JEP 514, 515): classes laid out and linked, and which
# methods are busy. A picture is there a twelfth sooner. A failure leaves an empty cache, likewise.
cache_ahead_of_time() {
  local scratch=$cache.$$
  mkdir -p "$scratch" 2>/dev/null || return 0
  start_java "-XX:AOTCacheOutput=$scratch/cache" -cp "$class_path" io.darkroom.cli.Darkroom \
    --device cpu --steps 4 --seed 0 --json -o "$scratch/picture.png" "a red house" || : >"$scratch/cache"
  [ -e "$scratch/cache" ] || : >"$scratch/cache"
  mv -f "$scratch/cache" "$cache"
  rm -rf "$scratch"
}
