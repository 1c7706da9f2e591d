#!/usr/bin/env node
// CommonJS, as is all that `--version` and a quick command load: see scripts/fast-start.js.
const { existsSync, readFileSync } = require('node:fs');
const { homedir } = require('node:os');
const path = require('node:path');

const folder = path.join(__dirname, '..');
const args = process.argv.slice(2);
const about = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));

if (args.length === 1 && args[0] === '--version') {
  const { platform, arch, version } = process;
  process.stdout.write(`${about.name}/${about.version} ${platform}-${arch} node-${version}\n`);
} else {
  start();
}

function start() {
  const dist = path.join(folder, 'dist');
  const { enableCompileCache } = require('node:module');
  if (enableCompileCache) enableCompileCache(cacheFolder());
  // Source maps are for what Node loads itself.
  if (process.env.HOOPX_DEBUG) process.setSourceMapsEnabled(true);
  else if (!enableCompileCache) useCompiled(dist);

  const { main } = require('../dist/main.js');
  // Nothing left to wait for, and still no end: as Node does for a module that never settles.
  const unsettled = () => {
    process.exitCode = 13;
  };
  process.once('beforeExit', unsettled);
  main(args, folder, about).then(() => process.off('beforeExit', unsettled));
}

/** The user's own: Node's default is a folder of a known name where everybody may write. */
function cacheFolder() {
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.join(cache, 'hoopx', 'compiled');
}

function useCompiled(dist) {
  const { compiledFile, hotFile, requireCompiled } = require('./compiled.js');
  const compiled = compiledFile(dist);
  if (existsSync(compiled)) requireCompiled(hotFile(dist), compiled);
}
