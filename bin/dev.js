#!/usr/bin/env node
/** Runs the commands from their sources; everything else is as in run.js. */
import { readFileSync } from 'node:fs';
import { register } from 'tsx/esm/api';

register();
const root = new URL('..', import.meta.url);
const about = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const sources = { ...about, oclif: { ...about.oclif, commands: './commands' } };
const { main } = await import('../src/cli/main.ts');
await main(process.argv.slice(2), root, sources, { ignoreManifest: true });
