#!/usr/bin/env node
/** Runs the commands from their sources; everything else is as in run.js. */
const { readFileSync } = require('node:fs');
const path = require('node:path');
const { register } = require('tsx/esm/api');

register();
const folder = path.join(__dirname, '..');
const about = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
const sources = { ...about, oclif: { ...about.oclif, commands: './commands' } };
import('../src/cli/main.ts').then(({ main }) =>
  main(process.argv.slice(2), folder, sources, { ignoreManifest: true }),
);
