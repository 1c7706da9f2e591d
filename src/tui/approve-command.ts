import type { RequestView, WhoAmI } from '../control/contract.ts';
import { exitCodes } from '../core/exit-codes.ts';
import { UserError } from '../core/user-error.ts';
import { confirm } from './confirm.ts';
import { approveWithCard, decideById } from './decide-by-id.ts';
import type { ReviewerApi } from './reviewer-api.ts';

export interface ApproveAsk {
  readonly ids: readonly string[];
  readonly yes: boolean;
  readonly reason: string | null;
  readonly digest: string | null;
}

export interface Approved {
  readonly requests: readonly RequestView[];
  /** The first that failed ends it; those before it are approved. */
  readonly failure: unknown;
}

/** Whether each of the process's streams is a terminal. */
export interface Terminals {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: { readonly isTTY?: boolean };
  readonly stderr: { readonly isTTY?: boolean };
}

/**
 * Refuses what cannot work, before anything is asked of the gateway.
 * @throws UserError NO_TERMINAL or USAGE (64)
 */
export function checkApproveAsk({ ids, yes, digest }: ApproveAsk, terminals: Terminals): void {
  const { stdin, stdout, stderr } = terminals;
  if (ids.length === 0) {
    if (stdin.isTTY !== true || stdout.isTTY !== true) throw noTerminal();
    return;
  }
  if (ids.length > 1 && !yes) throw usage('several requests need --yes', 'Or give one at a time.');
  if (ids.length > 1 && digest !== null) throw usage('--digest belongs to one request', null);
  if (yes || (stdin.isTTY === true && stderr.isTTY === true)) return;
  throw usage(
    'there is no terminal to ask on, and --yes was not given',
    `Look with hoopx requests show ${ids[0]}, then: hoopx approve ${ids[0]} --yes`,
  );
}

export async function approveByIds(
  ask: ApproveAsk,
  api: Pick<ReviewerApi, 'request' | 'decide'>,
  now: number,
): Promise<Approved> {
  const { reason, digest } = ask;
  const requests: RequestView[] = [];
  for (const id of ask.ids) {
    try {
      requests.push(
        ask.yes
          ? await decideById({ api, id, kind: 'approve', reason, digest })
          : await approveWithCard({ api, id, reason, digest }, tell, confirm, width(), now),
      );
    } catch (failure) {
      return { requests, failure };
    }
  }
  return { requests, failure: null };
}

/** The screen. Ink and React are loaded here and nowhere else: they cost a third of a second. */
export async function openReviewerScreen(
  api: ReviewerApi & { whoami(): Promise<WhoAmI> },
  gatewayUrl: string,
  color: boolean,
): Promise<number> {
  const { stdin, stdout } = process;
  const [{ runTui }, { name }] = await Promise.all([import('./run-tui.tsx'), api.whoami()]);
  const gateway = new URL(gatewayUrl).host;
  const end = await runTui({
    api,
    input: stdin,
    output: stdout,
    clock: Date.now,
    reviewer: name,
    gateway,
    color,
  });
  if (end.kind === 'signal') process.kill(process.pid, end.signal);
  return end.kind === 'quit' ? exitCodes.success : exitCodes.interrupted;
}

function noTerminal(): UserError {
  return new UserError('hoopx approve draws on a terminal, and this is none', {
    code: 'NO_TERMINAL',
    exitCode: exitCodes.usage,
    hint: 'Without one: hoopx requests list, then hoopx approve ID --yes',
  });
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

function width(): number {
  return Math.max(40, process.stderr.columns || 80);
}

function usage(message: string, hint: string | null): UserError {
  const detail = { code: 'USAGE', exitCode: exitCodes.usage };
  return new UserError(message, hint === null ? detail : { ...detail, hint });
}
