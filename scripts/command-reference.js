/**
 * Writes docs/commands.md from oclif.manifest.json. With `--check`, writes nothing and fails
 * when the page says something else than the manifest.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const file = path.join(root, 'docs', 'commands.md');
const { commands } = JSON.parse(readFileSync(path.join(root, 'oclif.manifest.json'), 'utf8'));
const { oclif } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

const text = page();
if (!process.argv.includes('--check')) {
  writeFileSync(file, text);
} else if (readFileSync(file, 'utf8') !== text) {
  console.error('docs/commands.md is not what the commands say: npm run reference');
  process.exitCode = 1;
}

function page() {
  const all = Object.values(commands).filter((command) => !command.hidden);
  const [first] = all;
  const globals = Object.values(first.flags).filter(isGlobal);
  return `${[
    '# Commands',
    'Written from the commands themselves by `npm run reference`. `hoopx COMMAND --help` says the',
    'same in the terminal. Data goes to stdout, talk to stderr; every flag has an environment',
    'variable. Exit codes and the result object are in [exec.md](exec.md).',
    '',
    ...all.map((command) => `- [\`${usage(command)}\`](#${anchor(command)}): ${summary(command)}`),
    '',
    '## Flags that every command has',
    '',
    ...flagTable(globals),
    ...all.flatMap(section),
  ].join('\n')}\n`;
}

function section(command) {
  const flags = Object.values(command.flags).filter((flag) => !isGlobal(flag) && !flag.hidden);
  const args = Object.values(command.args);
  return [
    '',
    `## hoopx ${words(command)}`,
    '',
    filled(command.summary ?? ''),
    ...(command.description ? ['', filled(command.description)] : []),
    '',
    '```sh',
    ...(command.examples ?? []).flatMap(example),
    '```',
    ...(args.length > 0
      ? ['', ...args.map((arg) => `- \`${arg.name.toUpperCase()}\`: ${arg.description}`)]
      : []),
    ...(flags.length > 0 ? ['', ...flagTable(flags)] : []),
  ];
}

function flagTable(flags) {
  const row = ({ name, char, helpValue, type, description, env, default: standard }) => {
    const value = type === 'option' ? ` ${helpValue ?? 'VALUE'}` : '';
    const long = `\`${char ? `-${char}, ` : ''}--${name}${value}\``;
    const fallback =
      typeof standard === 'string' || typeof standard === 'number' ? ` (default ${standard})` : '';
    return `| ${long} | ${env ? `\`${env}\`` : ''} | ${cell(description ?? '')}${fallback} |`;
  };
  return ['| flag | variable | |', '| --- | --- | --- |', ...flags.map(row)];
}

function example(each) {
  if (typeof each === 'string') return [filled(each)];
  return [`# ${each.description}`, filled(each.command)];
}

function usage(command) {
  const args = Object.values(command.args).map(({ name, required }) =>
    required ? name.toUpperCase() : `[${name.toUpperCase()}]`,
  );
  return ['hoopx', words(command), ...args].join(' ');
}

function words({ id }) {
  return id.replaceAll(':', oclif.topicSeparator);
}

function anchor(command) {
  return `hoopx-${words(command).replaceAll(' ', '-')}`;
}

function summary(command) {
  return filled(command.summary ?? (command.description ?? '').split('\n')[0]);
}

function filled(template) {
  return template
    .replaceAll('<%= config.bin %>', 'hoopx')
    .replaceAll('<%= command.id %>', 'COMMAND');
}

function cell(value) {
  return filled(value).replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function isGlobal(flag) {
  return flag.helpGroup === 'GLOBAL';
}
