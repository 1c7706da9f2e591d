#!/usr/bin/env node
// Importing Node's own modules would load all that they export; `--version` cannot afford it.
const { readFileSync } = process.getBuiltinModule('node:fs');
const root = new URL('..', import.meta.url);
const args = process.argv.slice(2);
const about = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

if (args.length === 1 && args[0] === '--version') {
  const { platform, arch, version } = process;
  process.stdout.write(`${about.name}/${about.version} ${platform}-${arch} node-${version}\n`);
} else {
  if (process.env.HOOPX_DEBUG) process.setSourceMapsEnabled(true);
  process.getBuiltinModule('node:module').enableCompileCache?.();
  const { main } = await import('../dist/main.js');
  await main(args, root, about);
}
