import { ChannelRecording } from '../../../core/channel-recording.ts';
import type { Eventual } from '../../../core/eventual.ts';
import type { SessionRecorder } from '../../../core/recording.ts';
import { RefusedError } from '../../../core/refusal.ts';
import type { AgreedUpgrade, UpgradedAnswer, UpgradeTap } from '../../http/dialect.ts';
import { onlyValueOf, valuesOf } from '../../http/wire/header-list.ts';
import { readTarCommand } from '../transfers/tar-command.ts';
import { TarReader } from '../transfers/tar-reader.ts';
import { type FramePayloads, SpdyPayloads, WebSocketPayloads } from './frame-payloads.ts';

export interface RemoteCommand {
  /** `exec` or `attach`. */
  readonly kind: string;
  readonly command: string | null;
  /** Of the command, each by itself. */
  readonly words: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly stdout: boolean;
}

const size = /^\s*\{"Width":(\d{1,5}),"Height":(\d{1,5})\}\s*$/;
const mostStatus = 64 * 1024;
/** client-go opens the stream of the outcome first, then those of input, output and stderr. */
const errorStream = 1;
const inputStream = 3;

/**
 * Takes down a `kubectl exec` or `attach`. All that goes to the client is output but for the
 * Status that says how it ended, whatever a client calls its streams.
 */
export async function recordRemote(
  recorder: SessionRecorder,
  remote: RemoteCommand,
  agreed: AgreedUpgrade,
): Promise<UpgradeTap> {
  const webSocket = framingOf(agreed) === 'websocket';
  const { kind, command, words, tty } = remote;
  const { operation } = agreed;
  const terminal = tty ? { columns: 80, rows: 24, term: null } : null;
  const tar = readTarCommand(words);
  const transfer = tar === null ? null : new TarReader(tar);
  const about = { kind, command, operation, terminal, transfer };
  const recording = await ChannelRecording.open(recorder, about);
  const toClient = newPayloads(webSocket);
  const toTarget = newPayloads(webSocket);
  const stderrStream = stderrOf(remote, webSocket);
  let status = '';

  function shown(stream: number, bytes: Buffer): Eventual<void> {
    const outcome = webSocket ? stream === 3 : stream === errorStream;
    if (outcome && status.length + bytes.length <= mostStatus && couldBeStatus(status, bytes)) {
      status += bytes.toString('utf8');
      return;
    }
    return recording.output(stream === stderrStream ? 'stderr' : 'stdout', bytes);
  }

  function typed(stream: number, bytes: Buffer): Eventual<void> {
    const isInput = webSocket ? stream === 0 : remote.stdin && stream === inputStream;
    const [, columns, rows] = (!isInput && size.exec(bytes.toString('latin1', 0, 64))) || [];
    if (columns === undefined || rows === undefined) {
      if (isInput) return recording.input(bytes);
    } else {
      const resized = recording.resized({ columns: Number(columns), rows: Number(rows) });
      // Where it fails, the session ends for it.
      void Promise.resolve(resized).catch(() => {});
    }
  }

  return {
    toClient: (chunk) => inOrder(toClient, chunk, shown),
    toTarget: (chunk) => inOrder(toTarget, chunk, typed),
    ended: () => recording.ended(exitOf(status)),
  };
}

function inOrder(
  payloads: FramePayloads,
  chunk: Buffer,
  take: (stream: number, bytes: Buffer) => Eventual<void>,
): Eventual<void> {
  let behind: Promise<void> | null = null;
  payloads.push(chunk, (stream, bytes) => {
    const taken = behind === null ? take(stream, bytes) : behind.then(() => take(stream, bytes));
    if (taken instanceof Promise) behind = taken;
  });
  return behind ?? undefined;
}

function newPayloads(webSocket: boolean): FramePayloads {
  return webSocket ? new WebSocketPayloads() : new SpdyPayloads();
}

function framingOf({ protocol, headers }: UpgradedAnswer): 'websocket' | 'spdy' {
  if (/^spdy\//i.test(protocol)) return 'spdy';
  const spoken = onlyValueOf(headers, 'sec-websocket-protocol') ?? '';
  const plain = valuesOf(headers, 'sec-websocket-extensions').length === 0;
  if (plain && /^(v[1-5]\.)?channel\.k8s\.io$/.test(spoken)) return 'websocket';
  throw new RefusedError({
    code: 'RECORDING_UNAVAILABLE',
    message: `what goes through ${spoken || protocol} cannot be recorded`,
    hint: 'kubectl uses v5.channel.k8s.io, v4.channel.k8s.io or SPDY.',
  });
}

function stderrOf({ stdin, stdout }: RemoteCommand, webSocket: boolean): number | null {
  if (webSocket) return 2;
  return stdout ? inputStream + (stdin ? 4 : 2) : null;
}

function couldBeStatus(before: string, bytes: Buffer): boolean {
  return before !== '' || bytes[0] === 0x7b;
}

/** Null where the Status does not say. */
function exitOf(status: string): number | string | null {
  try {
    const value: unknown = JSON.parse(status);
    if (!isRecord(value)) return null;
    if (value.status === 'Success') return 0;
    const causes = isRecord(value.details) ? value.details.causes : null;
    const list: readonly unknown[] = Array.isArray(causes) ? causes : [];
    const cause = list.find((each) => isRecord(each) && each.reason === 'ExitCode');
    const code = isRecord(cause) ? Number(cause.message) : Number.NaN;
    return Number.isInteger(code) ? code : 'failed';
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
