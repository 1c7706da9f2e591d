import { createHash } from 'node:crypto';
import type { SshClass, SshFacts, SshKind } from '../../core/facts.ts';
import type { JsonObject } from '../../core/json.ts';
import type { SshDecidable, SshOperation } from '../../core/operation.ts';
import type { FileAction } from './sftp/relay.ts';
import { type CommandReading, readCommand } from './shell/read-command.ts';

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: string;
}

/** What a client has asked for in a channel before it starts something in it. */
export interface ChannelSetting {
  /** TERM of a terminal; null without one. */
  readonly terminal: string | null;
  /** In the order in which the client set them. */
  readonly environment: readonly EnvironmentVariable[];
}

/** What the started command reads. */
export type CommandInput =
  /** The client has already ended its side. */
  | { readonly kind: 'none' }
  /** All of it, in the digest. */
  | { readonly kind: 'reviewed'; readonly bytes: Buffer }
  /** Whatever comes. */
  | { readonly kind: 'open' };

export interface Start extends ChannelSetting {
  readonly user: string;
  readonly input: CommandInput;
  /** The first operation of a session that asks to be claimable, all input known. */
  readonly claimable: boolean;
}

const noSetting: ChannelSetting = { terminal: null, environment: [] };
const maxShownInput = 4000;

const noFacts = {
  protocol: 'ssh',
  classes: ['plain'],
  commands: [],
  paths: [],
  forward: [],
  hosts: [],
  sudo: false,
  redirects: false,
  substitutions: false,
  pty: false,
  environment: [],
} as const satisfies Omit<SshFacts, 'kinds'>;

/** What rules see of a command that a client asks to run. */
export function commandDecidable(text: string): SshDecidable {
  return readExec(Buffer.from(text), noSetting).decidable;
}

/** A command as it is read, once for the verdict and for what a reviewer sees. */
export interface ReadExec {
  readonly bytes: Buffer;
  readonly reading: CommandReading;
  readonly decidable: SshDecidable;
}

/** `bytes` are those of `exec`, exactly. */
export function readExec(bytes: Buffer, setting: ChannelSetting): ReadExec {
  const text = bytes.toString('utf8');
  const reading = readCommand(text);
  return { bytes, reading, decidable: execDecidable(text, reading, setting) };
}

/** `exec` of RFC 4254, section 6.5. */
export function execOperation(exec: ReadExec, start: Start): SshOperation {
  const { bytes, reading, decidable } = exec;
  return {
    ...operation(decidable, start),
    claimable: start.claimable,
    action: () => ({
      form: 'exec',
      command: bytes.toString('base64'),
      ...settingJson(start),
      input: inputJson(start.input),
    }),
    presentation: () => ({
      ...presentation(decidable.text, [
        ...reading.remarks,
        ...settingNotes(start),
        ...inputNotes(start.input),
      ]),
      outline: reading.outline,
      inputNotReviewed: start.input.kind === 'open' ? 'standard input' : null,
    }),
  };
}

function execDecidable(
  text: string,
  reading: CommandReading,
  setting: ChannelSetting,
): SshDecidable {
  const { classes, commands, hosts, sudo, redirects, substitutions, scp } = reading;
  return {
    protocol: 'ssh',
    facts: {
      protocol: 'ssh',
      kinds: scp === null ? ['exec'] : ['exec', 'scp'],
      ...{ classes, commands, hosts, sudo, redirects, substitutions },
      paths: scp === null ? reading.paths : [...new Set([...reading.paths, ...scp.paths])],
      forward: [],
      ...settingFacts(setting),
    },
    text,
    summary: reading.summary,
  };
}

/** `shell` of RFC 4254, section 6.5: everything that is ever typed into it. */
export function shellOperation(start: Start): SshOperation {
  const what = start.terminal === null ? 'open a shell without a terminal' : 'open a shell';
  return {
    ...operation(plain('shell', what, settingFacts(start)), start),
    action: () => ({ form: 'shell', ...settingJson(start) }),
    presentation: () => ({
      ...presentation(what, [
        'Whoever approves this approves everything that is typed into the shell: none of it is decided again.',
        ...settingNotes(start),
      ]),
      inputNotReviewed: 'everything that is typed',
    }),
  };
}

/** A subsystem that the configuration lists, other than SFTP. */
export function subsystemOperation(name: string, start: Start): SshOperation {
  const facts = { ...settingFacts(start), commands: [{ name, line: name }] };
  const what = `start the subsystem ${name}`;
  return {
    ...operation(plain('subsystem', what, facts), start),
    action: () => ({ form: 'subsystem', name, ...settingJson(start) }),
    presentation: () => ({
      ...presentation(what, [
        'hoopx does not read what goes through a subsystem.',
        ...settingNotes(start),
      ]),
      inputNotReviewed: 'everything that is sent to it',
    }),
  };
}

/** One operation on files, within SFTP. */
export function fileOperation(action: FileAction, user: string): SshOperation {
  const { kinds, paths, summary, input } = action;
  const decidable: SshDecidable = {
    protocol: 'ssh',
    facts: { ...noFacts, kinds, paths },
    text: summary,
    summary,
  };
  return {
    ...operation(decidable, { user }),
    action: () => ({ form: 'sftp', ...action.action }),
    presentation: () => ({
      ...presentation(summary, []),
      inputNotReviewed: input ? 'the contents of the file' : null,
    }),
  };
}

export interface Forwarding {
  readonly kind: Extract<SshKind, 'direct_tcpip' | 'tcpip_forward' | 'forwarded_tcpip'>;
  readonly host: string;
  readonly port: number;
  readonly what: string;
  readonly classes: readonly SshClass[];
  readonly notes: readonly string[];
  readonly action: JsonObject;
}

export function forwardingOperation(forwarding: Forwarding, user: string): SshOperation {
  const { kind, classes, what, notes, action } = forwarding;
  const forward = [placeOf(forwarding.host, forwarding.port)];
  return {
    ...operation(plain(kind, what, { classes, forward }), { user }),
    action: () => ({ form: kind, ...action }),
    presentation: () => ({
      ...presentation(what, notes),
      inputNotReviewed: 'everything that goes through it',
    }),
  };
}

/** `host:port`, as facts have it. */
export function placeOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function plain(kind: SshKind, text: string, facts: Partial<SshFacts>): SshDecidable {
  return {
    protocol: 'ssh',
    facts: { ...noFacts, ...facts, kinds: [kind] },
    text,
    summary: text,
  };
}

function operation(decidable: SshDecidable, { user }: { readonly user: string }) {
  return { decidable, database: null, upstreamUser: user, claimable: false };
}

function presentation(statement: string, notes: readonly string[]) {
  return {
    statement,
    notes,
    parameters: [],
    outline: [],
    transaction: null,
    inputNotReviewed: null,
  };
}

function settingFacts({ terminal, environment }: ChannelSetting) {
  return { pty: terminal !== null, environment: environment.map(({ name }) => name) };
}

function settingJson({ terminal, environment }: ChannelSetting) {
  return { pty: terminal, environment: environment.map(({ name, value }) => [name, value]) };
}

function settingNotes({ terminal, environment }: ChannelSetting): readonly string[] {
  const variables = environment.map(({ name, value }) => `sets ${name}=${value}`);
  return terminal === null ? variables : [...variables, `has a terminal, TERM=${terminal}`];
}

function inputJson(input: CommandInput): JsonObject {
  if (input.kind !== 'reviewed') return { kind: input.kind };
  return { kind: input.kind, length: input.bytes.length, sha256: sha256(input.bytes) };
}

function inputNotes(input: CommandInput): readonly string[] {
  if (input.kind !== 'reviewed' || input.bytes.length === 0) return [];
  const { bytes } = input;
  const shown = bytes.toString('utf8', 0, maxShownInput);
  const cut = bytes.length > maxShownInput ? ` (the first ${maxShownInput} bytes)` : '';
  return [
    `input: ${bytes.length} bytes, sha256 ${sha256(bytes)}`,
    ...(shown.includes('\ufffd') ? [] : [`input${cut}: ${shown}`]),
  ];
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
