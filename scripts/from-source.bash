# shellcheck shell=bash disable=SC2154
#
# The part of the launcher that a clone needs and an archive does not: it finds a JDK and builds the program. The
# launcher sources it. Variables of the launcher: home, target; of this part: java, version.

find_java() {
  if [ -n "${JAVA_HOME:-}" ]; then
    java=$JAVA_HOME/bin/java
    [ -x "$java" ] || die "JAVA_HOME is $JAVA_HOME, but there is no bin/java in it" 2
  else
    java=$(command -v java) || die "there is no java; install a JDK, version 17 or newer, or set JAVA_HOME"
  fi
  local real
  real=$(readlink -f "$java" 2>/dev/null) || real=$(resolve "$java")
  read_version "${real%/bin/*}/release"
  if [ -z "$version" ]; then
    version=$("$java" -version 2>&1 </dev/null | sed -n 's/.* version "\([^"]*\)".*/\1/p')
  fi
  case $version in
    1[7-9]* | [2-9][0-9]*) ;;
    *) die "$java is version ${version:-unknown}; Darkroom needs Java 17 or newer" ;;
  esac
}

is_built() {
  [ -f "$target/darkroom.jar" ] && [ -f "$target/.built" ] &&
    [ -z "$(find "$home/pom.xml" "$home/src/main" -newer "$target/.built" -print -quit)" ]
}

lock() {
  mkdir -p "$target" 2>/dev/null || die "cannot write into $home, where Darkroom must be built"
  if command -v flock >/dev/null; then
    exec 9>"$target/.lock"
    flock -n 9 || { say "waiting for another build..." && flock 9; }
  else
    # A folder can be made by one process only; a dead owner's is taken over.
    until mkdir "$target/.lock.d" 2>/dev/null; do
      owner=$(cat "$target/.lock.d/owner" 2>/dev/null || true)
      if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
        rm -rf "$target/.lock.d"
      else
        sleep 1
      fi
    done
    trap 'rm -rf "$target/.lock.d"' EXIT
    echo $$ >"$target/.lock.d/owner"
  fi
}

unlock() {
  exec 9>&-
  rm -rf "$target/.lock.d"
  trap - EXIT
}

# Newer sources that cannot be built here do not count.
is_fixed() {
  [ -f "$target/darkroom.jar" ] && ! { : >>"$target/.lock"; } 2>/dev/null || return 1
  say "cannot write into $target: what is built there is used, although the sources are newer"
}

# A prompt may be waiting on standard input, and standard output is for data: the build sees neither.
build() {
  lock
  if ! is_built; then
    command -v mvn >/dev/null || die "there is no mvn; install Maven 3.8 or newer to build Darkroom"
    say "building Darkroom..."
    touch "$target/.building"
    if ! (cd "$home" && mvn -q -B -P '!error-prone' -Dspotless.check.skip=true -Dmaven.test.skip=true package) \
      </dev/null >"$target/build.log" 2>&1 9>&-; then
      grep '^\[ERROR\]' "$target/build.log" | head -n 20 >&2 || tail -n 20 "$target/build.log" >&2
      die "the build failed; all it said is in $target/build.log"
    fi
    rm -rf "$target"/classes-*.jsa* "$target"/classes-*.aot*
    mv -f "$target/.building" "$target/.built"
  fi
  unlock
}
