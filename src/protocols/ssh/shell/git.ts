import { type Call, type Judge, strange } from './call.ts';
import { readOptions, riskyOption } from './options.ts';
import { normalPath } from './paths.ts';
import { exactWord, type ShellWord } from './words.ts';

/** Of the far end of a fetch or a push, as git itself asks for it. */
const servants: ReadonlySet<string> = new Set(['upload-pack', 'receive-pack', 'upload-archive']);

const harmless: ReadonlySet<string> = new Set([
  ...['status', 'log', 'diff', 'show', 'rev-parse', 'rev-list', 'branch', 'tag', 'add', 'commit'],
  ...['fetch', 'pull', 'push', 'clone', 'checkout', 'switch', 'restore', 'reset', 'clean', 'init'],
  ...['ls-files', 'ls-tree', 'ls-remote', 'describe', 'remote', 'stash', 'gc', 'fsck', 'merge'],
  ...['mv', 'rm', 'cat-file', 'blame', 'shortlog', 'for-each-ref', 'symbolic-ref', 'prune'],
  ...['update-server-info', 'count-objects', 'merge-base', 'name-rev', 'reflog', 'show-ref'],
  ...['update-ref', 'cherry-pick', 'revert', 'version', 'diff-tree', 'diff-index', 'repack'],
]);

const riskyLong = [
  ...['upload-pack', 'receive-pack', 'exec', 'ext-diff', 'textconv', 'config', 'template', 'tool'],
  ...[
    'open-files-in-pager',
    'extcmd',
    'edit',
    'edit-description',
    'output',
    'strategy',
    'gpg-sign',
    'editor',
  ],
  ...['show-signature', 'recurse-submodules', 'separate-git-dir', 'reference', 'upload-archive'],
];

const riskyShort: ReadonlyMap<string, string> = new Map([
  ['clone', 'cu'],
  ['merge', 's'],
  ['pull', 's'],
  ['cherry-pick', 'e'],
  ['commit', 'et'],
]);

/** Sub-commands that start nothing of themselves; hooks and configuration are not known here. */
function subcommand(call: Call, words: readonly ShellWord[]): void {
  const [verb, ...args] = words;
  const name = verb?.exact ?? null;
  if (verb === undefined) return;
  if (name !== null && servants.has(name)) {
    serve(call, args);
    return;
  }
  if (name === null || !harmless.has(name)) {
    call.out.opaque(`${call.name} ${verb.text} may start other commands`);
    return;
  }
  const option = riskyOption(args, { short: riskyShort.get(name) ?? '', long: riskyLong });
  if (option !== null) strange(call, option);
  if (args.some((word) => /^[\w+.-]+::/.test(word.text))) {
    call.out.opaque(`${call.name} is given an address that a program of its own opens`);
  }
}

function serve(call: Call, args: readonly ShellWord[]): void {
  const options = readOptions(args, {
    longFlags: ['strict', 'no-strict', 'stateless-rpc', 'advertise-refs', 'http-backend-info-refs'],
    longValues: ['timeout'],
  });
  const path = options.kind === 'read' && options.rest.length === 1 ? options.rest[0]?.exact : null;
  if (path === null || path === undefined) {
    call.out.opaque(`${call.name} is not started as git itself starts it`);
  } else call.out.paths.add(normalPath(path));
}

const plainGit: Judge = (call) => {
  const options = readOptions(call.args, {
    flags: 'Pv',
    values: 'C',
    longFlags: ['no-pager', 'version', 'no-optional-locks'],
  });
  if (options.kind === 'strange') strange(call, options.option);
  else subcommand(call, options.rest);
};

const dashed: Judge = (call) => {
  const verb = call.name.slice(call.name.lastIndexOf('/') + 1).slice('git-'.length);
  subcommand(call, [exactWord(verb), ...call.args]);
};

export const git: readonly [string, Judge][] = [
  ['git', plainGit],
  ['git-*', dashed],
];
