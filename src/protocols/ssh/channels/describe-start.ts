import type { SshOperation } from '../../../core/operation.ts';
import { RefusedError } from '../../../core/refusal.ts';
import type { TransferReader } from '../../../core/transfer-reader.ts';
import type { Channel } from '../connection/channel.ts';
import {
  type CommandInput,
  execOperation,
  type Start,
  shellOperation,
  subsystemOperation,
} from '../operations.ts';
import type { SessionContext } from '../session-context.ts';
import { transferReaderOf } from '../transfers/transfer-reader-of.ts';
import type { Asked } from './asked.ts';
import { collectInput, openInput } from './early-input.ts';
import type { Preparation } from './preparation.ts';

export interface Described {
  readonly operation: SshOperation;
  /** All of the input, where it is part of what is decided; else it comes from the channel. */
  readonly input: Buffer | null;
  /** Of a command that transfers files. */
  readonly transfer: TransferReader | null;
}

/**
 * The operation that starting something is. A command that may be approved now and run later has
 * to have all its input inside; throws RefusedError where that is too much, or comes too late.
 */
export async function describeStart(
  asked: Exclude<Asked, { kind: 'off' | 'sftp' }>,
  { setting, lendings }: Preparation,
  channel: Channel,
  context: SessionContext,
): Promise<Described> {
  const { user } = context.upstream;
  const first = context.first();
  const start: Start = { ...setting, user, input: { kind: 'open' }, claimable: false };
  const all = { input: null, transfer: null };
  if (asked.kind === 'shell') return { ...all, operation: shellOperation(start) };
  if (asked.kind === 'subsystem') {
    return { ...all, operation: subsystemOperation(asked.name, start) };
  }
  const exec = context.readings.read(asked.command, setting);
  const transfer = transferReaderOf(exec.reading);
  const alone = setting.terminal === null && lendings.length === 0;
  if (context.grant.mode === 'claimable' && first && alone) {
    const bytes = await allInput(channel, context);
    const input: CommandInput = { kind: 'reviewed', bytes };
    const operation = execOperation(exec, { ...start, input, claimable: true });
    return { operation, input: bytes, transfer };
  }
  const held = context.grant.gate.foresee(exec.decidable).kind === 'review';
  const input: CommandInput = held ? await openInput(channel) : { kind: 'open' };
  return { operation: execOperation(exec, { ...start, input }), input: null, transfer };
}

async function allInput(channel: Channel, { limits }: SessionContext): Promise<Buffer> {
  const collected = await collectInput(channel, limits);
  switch (collected.kind) {
    case 'collected':
      return collected.bytes;
    case 'left':
      throw new RefusedError({ code: 'CANCELLED_BY_REQUESTER', message: 'the client left' });
    case 'too_long':
      throw new RefusedError({
        code: 'LIMIT_EXCEEDED',
        message: `the input of the command is longer than ${limits.maxReviewedInputBytes} bytes`,
        hint: 'Send it through hoopx connect, where input is not reviewed.',
      });
    case 'too_late':
      throw new RefusedError({
        code: 'LIMIT_EXCEEDED',
        message: `the input of the command did not end within ${limits.inputTimeMs / 1000} s`,
        hint: 'Send it through hoopx connect, where input is not reviewed.',
      });
    default:
      return collected satisfies never;
  }
}
