#!/usr/bin/env bash
# Installs what is missing of the named sets of Debian packages: build, test, lab, bench, regions. Works as root or with sudo.
set -euo pipefail

build="clang-19 lld-19 libclang-rt-19-dev llvm-19 ccache cmake ninja-build pkg-config git ca-certificates openssl python3
  libstdc++-12-dev libboost1.81-dev libboost-json1.81-dev libssl-dev libsoci-dev libsqlite3-dev libpq-dev libmariadb-dev
  libhiredis-dev libcurl4-openssl-dev libkainjow-mustache-dev libcli11-dev libtomlplusplus-dev libfmt-dev
  prometheus-cpp-dev libcrypt-dev libargon2-dev libbrotli-dev zlib1g-dev libmimalloc-dev
  libprotobuf-dev protobuf-compiler"
test="libgtest-dev libgmock-dev clang-format-19 clang-tidy-19 chromium curl sqlite3
  postgresql-15 mariadb-server redis-server redis-tools"
lab="libfaketime galera-4 rsync lsof iproute2 patroni etcd-server etcd-client python3-etcd python3-psycopg2"
regions="haproxy postgresql-15 mariadb-server"
bench="wrk nginx-light gcc util-linux procps"

wanted=""
for set in "$@"; do
  case "$set" in
    build) wanted+=" $build" ;;
    test) wanted+=" $test" ;;
    bench) wanted+=" $bench" ;;
    lab) wanted+=" $lab" ;;
    regions) wanted+=" $regions" ;;
    node) command -v node >/dev/null && command -v npm >/dev/null || wanted+=" nodejs npm" ;;
    *) echo "unknown set of packages: $set" >&2; exit 2 ;;
  esac
done

missing=""
for package in $wanted; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing+=" $package"
done
[ -z "$missing" ] && exit 0

sudo=""
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "Needs root or sudo to install:$missing" >&2; exit 1; }
  sudo=sudo
fi

# No service may start by itself because its package was installed.
policy=/usr/sbin/policy-rc.d
made_policy=""
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy" >/dev/null
  $sudo chmod +x "$policy"
  made_policy=1
fi
trap '[ -z "$made_policy" ] || $sudo rm -f "$policy"' EXIT

echo "Installing Debian packages:$missing"
log=$(mktemp)
for attempt in 1 2 3; do
  if $sudo apt-get update -qq >"$log" 2>&1 &&
     $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >>"$log" 2>&1; then
    rm -f "$log"
    exit 0
  fi
  echo "  attempt $attempt failed" >&2
  sleep 2
done
cat "$log" >&2
exit 1
