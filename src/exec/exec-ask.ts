import type { ExecCommand } from './exec-command.ts';
import { streamsInput } from './exec-flags.ts';
import type { ExecAsk } from './execution.ts';

const waitWithoutTerminalMs = 8_000;

/** What is asked of the gateway beside the operation itself. */
export function askOf({ flags, isTerminal }: ExecCommand, connection: string): ExecAsk {
  const live = streamsInput(flags);
  const unlessGiven = isTerminal || live ? null : waitWithoutTerminalMs;
  return {
    connection,
    mode: live ? 'live' : 'claimable',
    reason: flags.reason ?? null,
    idempotencyKey: flags['idempotency-key'] ?? null,
    waitMs: flags['no-wait'] ? 0 : (flags.wait ?? unlessGiven),
    timeLimitMs: flags.timeout ?? null,
  };
}
