import type { ChannelRecording } from '../../../core/channel-recording.ts';
import type { Refusal } from '../../../core/refusal.ts';
import { absorbErrors } from '../../../net/absorb-errors.ts';
import type { Channel } from '../connection/channel.ts';
import { ChannelStream } from '../connection/channel-stream.ts';
import { refusalText } from '../faults.ts';
import type { Holding } from '../holding.ts';
import { fileOperation } from '../operations.ts';
import type { SessionContext } from '../session-context.ts';
import { aborted, soon } from '../session-end.ts';
import { type FileAction, type FileClearance, relaySftp, WireFault } from '../sftp/relay.ts';
import { endingOf } from './ending.ts';

/** How an SFTP session has ended: with the server's exit status, or for a reason of ours. */
export type SftpEnd =
  | { readonly kind: 'exit'; readonly status: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

export interface SftpParts {
  readonly client: Channel;
  readonly server: Channel;
  readonly holding: Holding;
  readonly context: SessionContext;
  readonly recording: ChannelRecording;
}

/** SFTP through the gate: the subsystem itself does nothing, each of its operations is decided. */
export async function runSftp(parts: SftpParts): Promise<SftpEnd> {
  const { client, server, holding, context, recording } = parts;
  let status = 0;
  const upstream = absorbErrors(
    new ChannelStream(server, {
      onRequest: (request) => {
        const ending = endingOf(request);
        if (ending?.kind === 'exit') status = ending.status;
        request.reply(false);
      },
    }),
  );
  const { user } = context.upstream;
  const stream = absorbErrors(new ChannelStream(client));
  try {
    await relaySftp({
      client: stream,
      upstream,
      decide: (action) => decideFile(holding, action, user),
      transferred: (file, operation) => {
        const note = { type: 'file', channel: recording.number, ...file } as const;
        return context.grant.recorder.note(note, operation);
      },
      signal: context.over,
    });
  } catch (error) {
    server.close();
    if (!(error instanceof WireFault)) throw error;
    const message = `SFTP was broken: ${error.message} (${error.code})`;
    return { kind: 'refused', refusal: { code: 'PROTOCOL_VIOLATION', message } };
  }
  upstream.resume().end();
  await soon(aborted(server.gone));
  server.close();
  return { kind: 'exit', status };
}

async function decideFile(
  holding: Holding,
  action: FileAction,
  user: string,
): Promise<FileClearance> {
  const clearance = await holding.decide(fileOperation(action, user));
  if (clearance.kind === 'refused') {
    return { kind: 'refused', message: refusalText(clearance.refusal) };
  }
  const { number } = clearance.permit;
  const sink = clearance.permit.spend();
  return {
    kind: 'cleared',
    number,
    settle: async (outcome, message) => {
      await sink[outcome]({ message, targetCode: null, rowCount: null });
    },
  };
}
