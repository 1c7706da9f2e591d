/**
 * Writes oclif.manifest.json from the built commands, so that starting one loads only its
 * own module. With `--check`, writes nothing and fails when the file says something else.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const file = path.join(root, 'oclif.manifest.json');

const text = await manifestText();
if (!process.argv.includes('--check')) {
  writeFileSync(file, text);
} else if (read() !== text) {
  console.error(
    'oclif.manifest.json is not what the commands say: npm run build && npm run manifest',
  );
  process.exitCode = 1;
}

async function manifestText() {
  const plugin = new Plugin({
    root,
    type: 'core',
    ignoreManifest: true,
    errorOnManifestCreate: true,
    // Defaults that depend on the machine stay out of the file.
    respectNoCacheDefault: true,
  });
  await plugin.load();
  const commands = Object.entries(plugin.manifest.commands).sort(([a], [b]) => (a < b ? -1 : 1));
  const manifest = { commands: Object.fromEntries(commands), version: plugin.manifest.version };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function read() {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
}
