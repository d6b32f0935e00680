#!/usr/bin/env bash
# undici 7.16.0 (whose code is the fetch of Node): the signal of a request that is made of a request follows it through weak
# references at both ends. When a middle one of a chain has been collected, aborting the first is heard by nobody behind it.
# fetch handlers that lay headers or a body over what they are given, twice, lose the news that the client has gone: work for
# it goes on. In the Fetch standard the new signal depends on the old one, which keeps it alive.
#
# Seen, with a chain of three whose first two are kept by the caller, and one where they are not:
#   kept: aborted true, heard 1; not kept: aborted false, heard 0
# Fails if that changes. Needs npm and a registry; works in a temporary folder.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >package.json <<'JSON'
{ "name": "probe", "private": true, "type": "module" }
JSON
npm install --silent --no-audit --no-fund undici@7.16.0

cat >probe.mjs <<'JS'
import { setTimeout as delay } from 'node:timers/promises';
import { Request } from 'undici';

async function follow(keep) {
  const controller = new AbortController();
  const kept = [];
  const wrap = () => {
    const first = new Request('http://api.example/', { signal: controller.signal });
    const second = new Request(first, { headers: { 'content-type': 'application/json' } });
    if (keep) {
      kept.push(first, second);
    }
    return new Request(second, { headers: { 'x-request-id': '1' } });
  };
  const last = wrap();
  let heard = 0;
  last.signal.addEventListener('abort', () => {
    heard += 1;
  });
  for (let times = 0; times < 5; times += 1) {
    globalThis.gc();
    await delay(10);
  }
  controller.abort();
  await delay(10);
  return `aborted ${last.signal.aborted}, heard ${heard}${kept.length > 2 ? '?' : ''}`;
}

console.log(`kept: ${await follow(true)}; not kept: ${await follow(false)}`);
JS

seen=$(node --expose-gc probe.mjs)
echo "$seen"
if [ "$seen" != 'kept: aborted true, heard 1; not kept: aborted false, heard 0' ]; then
    echo 'undici has changed: signals of requests that are made of requests are kept alive' >&2
    exit 1
fi
