import path from 'node:path';
import type { ControlClient } from '../control/client.ts';
import type { OperationView, RequestView, TunnelEvent } from '../control/contract.ts';
import { safeLine } from '../core/safe-text.ts';

/** psql prints the gateway's notices and errors itself; saying them twice would only confuse. */
export function programSpeaksForItself(program: string): boolean {
  return path.basename(program) === 'psql';
}

const forwardings = ['direct_tcpip', 'tcpip_forward', 'forwarded_tcpip'];
const onItsStderr = ['exec', 'shell', 'subsystem', 'scp'];

/**
 * What `ssh` prints by itself: whatever has a channel is told in it that it waits. Why a file
 * is refused only some clients print, and why a listening port is refused none.
 */
export function sshSpeaksForItself({ type, kind }: Exclude<TunnelEvent, Closed>): boolean {
  if (kind === null) return false;
  if (type === 'held') return !forwardings.includes(kind);
  return onItsStderr.includes(kind) || kind === 'direct_tcpip';
}

type Closed = { readonly type: 'closed' };

/**
 * Tells a person what is held on their tunnel, and what comes of it; but for what their client
 * tells by itself.
 */
export function createNarrator(
  client: Pick<ControlClient, 'request'>,
  say: (line: string) => void,
  speaksForItself: typeof sshSpeaksForItself = () => false,
): (event: TunnelEvent) => void {
  const told = new Set<string>();

  async function ending({ requestId, refusal }: OperationView): Promise<void> {
    if (requestId === null) return;
    if (refusal !== null) return say(`${requestId} was not run: ${safeLine(refusal.message)}`);
    const request = await client.request(requestId).catch(() => null);
    say(`${requestId} was ${approvedBy(request)} and runs`);
  }

  return (event) => {
    switch (event.type) {
      case 'held':
        // A stream that was connected again begins with what is still held.
        if (told.has(event.request.id) || speaksForItself(event)) return;
        told.add(event.request.id);
        for (const line of heldLines(event.request)) say(line);
        return;
      case 'decided': {
        const { operation } = event;
        const known = operation.requestId !== null && told.delete(operation.requestId);
        if (!known && speaksForItself(event)) return;
        if (operation.requestId !== null) void ending(operation);
        else if (operation.refusal !== null) say(refusedLine(operation));
        return;
      }
      case 'closed':
        say(`The gateway closed the tunnel: ${safeLine(event.message)}`);
        return;
      default:
        event satisfies never;
    }
  };
}

function heldLines({ id, summary, rules, awaiting, expiresAt }: RequestView): readonly string[] {
  const waitsFor = awaiting.length === 0 ? 'an approval' : awaiting.join(', ');
  return [
    `${id} is held: ${safeLine(summary)}`,
    `  rule ${rules.map((rule) => `"${safeLine(rule)}"`).join(', ')}; waits for ${safeLine(waitsFor)}, until ${expiresAt}`,
    `  a reviewer runs: hoopx approve ${id}`,
  ];
}

function refusedLine({ summary, refusal }: OperationView): string {
  return `Refused: ${safeLine(summary)}: ${safeLine(refusal?.message ?? '')}`;
}

function approvedBy(request: RequestView | null): string {
  const names = (request?.decisions ?? [])
    .filter(({ kind }) => kind === 'approve')
    .map(({ by }) => safeLine(by.name));
  if (names.length > 0) return `approved by ${names.join(', ')}`;
  return request?.fallbackCause == null ? 'approved' : 'let through by the fallback';
}
