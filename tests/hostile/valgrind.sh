#!/bin/bash
# valgrind.sh: the parse path under valgrind, over the golden samples and every vector. Takes a minute; not in tests/run.
#   tests/hostile/valgrind.sh [PATH...]     PATH: read these instead
# Builds without the sandbox, which takes away what valgrind needs. Exit 0 where it found nothing.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
build=build-valgrind
[ -f $build/build.ninja ] || meson setup $build -Dsandbox=false -Dtests=false >"$work/build"
ninja -C $build daemon/ruad >>"$work/build" || { tail -n 30 "$work/build"; exit 3; }
cc -shared -fPIC -O1 -D_GNU_SOURCE -o "$work/patient.so" tests/hostile/patient.c
export RUAD=$PWD/$build/daemon/ruad G_SLICE=always-malloc
if [ $# -eq 0 ]; then
	python3 tests/hostile/vectors.py --keep "$work/vectors" >"$work/vectors.tap" || true
	rm -f "$work"/vectors/*.db*
	set -- tests/golden/*.xml tests/golden/*.json tests/golden/*.eml "$work/vectors"
fi
LD_PRELOAD=$work/patient.so valgrind --quiet --leak-check=full --show-leak-kinds=definite \
	--errors-for-leak-kinds=definite --suppressions=tests/hostile/valgrind.supp --child-silent-after-fork=no \
	--trace-children=yes --log-file="$work/%p.log" "$RUAD" parse "$@" >"$work/lines" || true
echo "$(wc -l <"$work/lines") lines of JSON from $(find "$@" -type f | wc -l) files, $(ls "$work"/*.log | wc -l) processes"
grep -c parser-died "$work/lines" | sed 's/^\([1-9].*\)/parser deaths: \1/;/^0$/d'
if cat "$work"/*.log | grep '^=='; then # "--" lines say what valgrind does not know of this kernel
	exit 1
fi
echo "valgrind found nothing"
