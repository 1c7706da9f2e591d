import { type Call, each, type Judge, strange } from './call.ts';
import { readOptions, riskyOption } from './options.ts';
import { knownPattern, normalPath } from './paths.ts';
import { mayBeOption, type ShellWord } from './words.ts';

const address = /^(?:ssh:\/\/|scp:\/\/|rsync:\/\/)?(?:[^/@]*@)?(\[[^\]]+\]|[^/:@[\]]+)/;

function hostOf(word: string): string | null {
  return address.exec(word)?.[1] ?? null;
}

const sshValues = 'bcDEeFIiJLlmOoPpQRSWw';

/** Its last words are a command for the other host: shown, and opaque. */
const ssh: Judge = (call) => {
  call.out.opaque(`${call.name} runs something on another host`);
  const options = readOptions(call.args, { flags: '46AaCfGgKkMNnqsTtVvXxYy', values: sshValues });
  if (options.kind === 'strange') return;
  const [host, ...words] = options.rest;
  for (const { name, value } of options.given) {
    for (const jump of name === 'J' ? (value ?? '').split(',') : []) addHost(call, hostOf(jump));
  }
  addHost(call, hostOf(host?.exact ?? ''));
  const text = words.map((word) => word.exact);
  if (text.length > 0 && !text.includes(null)) call.script(text.join(' '));
};

function addHost(call: Call, host: string | null): void {
  if (host !== null) call.out.hosts.add(host);
}

/** `host:path` or a URL; a colon behind a slash belongs to a file's name. */
function remoteHost(text: string): string | null {
  if (/^(?:scp|sftp|rsync|ssh):\/\//.test(text)) return hostOf(text.replace(/^sftp/, 'ssh'));
  return /^(?:[^/:]|\[[^\]]*\])+:/.test(text) ? hostOf(text) : null;
}

function remoteHosts(call: Call): boolean {
  const hosts = call.args.map((word) => remoteHost(word.text)).filter((host) => host !== null);
  for (const host of hosts) call.out.hosts.add(host);
  return hosts.length > 0;
}

function addPaths(call: Call, words: readonly ShellWord[]): readonly string[] {
  return words.map((word) => {
    const path = knownPattern(word);
    if (word.exact === null && mayBeOption(word)) strange(call, word.text);
    if (path === null) call.out.opaque(`an expansion decides which file ${word.text} is`);
    call.out.paths.add(path ?? word.text);
    return path ?? word.text;
  });
}

/** `-t` and `-f` are the far end of a copy, as scp itself asks for it: no part of its manual. */
const scp: Judge = (call) => {
  const options = readOptions(call.args, { flags: 'tfrpdvq' });
  const given = options.kind === 'read' ? options.given.map(({ name }) => name) : [];
  const to = given.includes('t');
  if (options.kind === 'strange' || to === given.includes('f') || options.rest.length === 0) {
    remoteHosts(call);
    call.out.opaque(`${call.name} copies to or from another host`);
    return;
  }
  const paths = addPaths(call, options.rest);
  const intoFolder = given.includes('d');
  call.out.scp = { direction: to ? 'to' : 'from', paths, words: options.rest, intoFolder };
};

/** Letters of `--server` clusters, of which `e` begins a list of the client's abilities. */
function serverCluster(text: string): string {
  return text.split('e', 1)[0] ?? '';
}

const filesOfServer =
  /^--(?:log-file|partial-dir|backup-dir|temp-dir|(?:compare|copy|link)-dest)=(.*)$/s;
const plainOption =
  /^--(?:server|sender|delete(?:-\w+)*|numeric-ids|inplace|partial|safe-links|force|append(?:-verify)?|ignore-(?:existing|errors|missing-args)|existing|max-size=\w+|min-size=\w+|timeout=\d+|bwlimit=\w+|modify-window=-?\d+|stats|fuzzy|size-only|mkpath|no-[\w-]+|new-compress|old-compress|compress-(?:choice|level)=\w+|checksum-(?:choice|seed)=[\w,]+|block-size=\d+|iconv=[\w,.-]+|log-format=[%\w ]*|out-format=[%\w ]*|info=\w+|debug=\w+|usermap=[\w:,*-]+|groupmap=[\w:,*-]+|chown=[\w:]+|super|fake-super|copy-unsafe-links|munge-links|delay-updates|prune-empty-dirs|use-qsort|from0|remove-source-files|preallocate|write-devices|open-noatime|omit-\w+-times|dirs|skip-compress=[\w/]*|suffix=[\w~.]+|backup|stop-after=\d+|msgs2stderr|no-msgs2stderr)$/;

/** The far end of rsync: everything it does is in its words, unless `s` hides them. */
function rsyncServer(call: Call): void {
  call.out.rsync = call.args;
  const dot = call.args.findIndex((word) => word.exact === '.');
  const options = dot < 0 ? call.args : call.args.slice(0, dot);
  for (const word of options) {
    const text = word.exact;
    const file = filesOfServer.exec(text ?? '')?.[1];
    if (file !== undefined) call.out.paths.add(normalPath(file));
    else if (text === null || !/^-/.test(text)) strange(call, word.text);
    else if (!text.startsWith('--')) {
      if (/[sM]/.test(serverCluster(text))) strange(call, word.text);
    } else if (!plainOption.test(text)) strange(call, word.text);
  }
  const paths = dot < 0 ? [] : call.args.slice(dot + 1);
  if (paths.length === 0) call.out.opaque(`${call.name} --server names no files`);
  if (paths.some((word) => word.exact?.startsWith('-')))
    strange(call, 'an option behind its paths');
  addPaths(call, paths);
}

const rsync: Judge = (call) => {
  if (call.args[0]?.exact === '--server') {
    rsyncServer(call);
    return;
  }
  const remote = remoteHosts(call);
  const option = riskyOption(call.args, {
    short: 'eM',
    long: ['rsh', 'rsync-path', 'daemon', 'config', 'remote-option', 'server'],
  });
  if (option !== null) strange(call, option);
  else if (remote) call.out.opaque(`${call.name} copies to or from another host`);
};

export const copies: readonly [string, Judge][] = [
  ...each(['ssh', 'slogin', 'dbclient', 'ssh-copy-id'], ssh),
  ['scp', scp],
  ['rsync', rsync],
];
