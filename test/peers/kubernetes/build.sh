#!/usr/bin/env bash
# Builds a kube-apiserver, and the tests' own kubelet and writer of samples, from Debian's source
# package `kubernetes`, which brings all that they import. Needs golang-go and dpkg-dev; changes
# nothing in apt's own sources. What it builds is kept outside the tree and not built again. With
# `--find` it builds nothing and prints the programs, one a line, or fails.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/hoopx-peers/kubernetes

state_of() { cat "$@" | sha256sum | cut -c1-16; }
apiserver=$cache/apiserver-$(state_of "$here/build.sh")/kube-apiserver
kubelet=$cache/kubelet-$(state_of "$here/build.sh" "$here"/kubelet/*.go)/hoopx-kubelet
samples=$cache/samples-$(state_of "$here/build.sh" "$here"/samples/*.go)/hoopx-kube-samples

found() { [ -x "$apiserver" ] && [ -x "$kubelet" ] && [ -x "$samples" ]; }

# The machine's own places for packages, asked for sources, in a folder of our own.
fetch_source() {
  mkdir -p apt/lists/partial apt/archives/partial apt/parts source
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -e "$file" ] && sed -n 's/^deb /deb-src /p' "$file" >"apt/parts/$(basename "$file" .list).list"
  done
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -e "$file" ] && sed 's/^Types:.*/Types: deb-src/' "$file" >"apt/parts/$(basename "$file")"
  done
  local options=(
    -q
    -o "Dir::Etc::SourceList=/dev/null" -o "Dir::Etc::SourceParts=$PWD/apt/parts"
    -o "Dir::State::Lists=$PWD/apt/lists" -o "Dir::Cache=$PWD/apt"
    -o "APT::Sandbox::User=root"
  )
  # Some place may have no sources at all; what counts is whether this one is found.
  apt-get "${options[@]}" update || true
  (cd source && apt-get "${options[@]}" source kubernetes)
  mkdir -p go/src/k8s.io
  mv source/kubernetes-*/ go/src/k8s.io/kubernetes
}

# The one generated file that the source package leaves out.
generate_openapi() {
  go build -o "$work/openapi-gen" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen
  local packages
  packages=$(find -L cmd pkg plugin vendor/k8s.io -name '*.go' \
    -not -path 'vendor/k8s.io/code-generator/*' -not -path 'vendor/k8s.io/sample-apiserver/*' \
    -exec grep -l '^// *+k8s:openapi-gen=' {} + |
    xargs -n1 dirname | sort -u | sed 's,^,k8s.io/kubernetes/,' | paste -sd,)
  "$work/openapi-gen" --logtostderr -i "$packages" \
    -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
    -h vendor/k8s.io/code-generator/hack/boilerplate.go.txt -r "$work/openapi-violations"
}

# Stripped, and without the clouds' own libraries. Clients read the version.
build() {
  local version of=k8s.io/kubernetes/vendor/k8s.io/component-base/version
  version=$(dpkg-parsechangelog -S Version | sed 's/.*really//; s/-.*//')
  go build -tags providerless -trimpath -o "$work/" -ldflags "-s -w
    -X $of.gitVersion=v$version
    -X $of.gitMajor=${version%%.*} -X $of.gitMinor=$(echo "$version" | cut -d. -f2)" "$1"
  mkdir -p "$(dirname "$2")"
  mv "$work/$(basename "$1")" "$2"
}

if [ "${1:-}" = --find ]; then
  found || exit 1
  printf '%s\n' "$apiserver" "$kubelet" "$samples"
  exit
fi

mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
if found; then exit; fi

work=$(mktemp -d "${TMPDIR:-/tmp}/hoopx-kubernetes-XXXXXX")
trap 'rm -rf "$work"' EXIT
export GOPATH=$work/go GOCACHE=$work/cache GO111MODULE=off GOFLAGS=-p=2 CGO_ENABLED=0

cd "$work"
fetch_source
cd go/src/k8s.io/kubernetes
mkdir cmd/hoopx-kubelet cmd/hoopx-kube-samples
cp "$here"/kubelet/*.go cmd/hoopx-kubelet/
cp "$here"/samples/*.go cmd/hoopx-kube-samples/
build ./cmd/hoopx-kubelet "$kubelet"
build ./cmd/hoopx-kube-samples "$samples"
if [ ! -x "$apiserver" ]; then
  generate_openapi
  build ./cmd/kube-apiserver "$apiserver"
fi
