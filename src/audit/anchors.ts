import { createHash } from 'node:crypto';
import type { Secret } from '../core/secret.ts';
import { appendDurably } from './checkpoint-files.ts';
import type { AuditLogger } from './logger.ts';
import { openSpool, type Spool, type SpoolState } from './spool.ts';
import { webhookHeaders } from './webhook-headers.ts';

/** Where checkpoints are kept out of the gateway's reach. */
export type Anchor =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'webhook'; readonly url: string; readonly secret: Secret | null };

export interface Anchors {
  add(note: string): void;
  states(): readonly SpoolState[];
  close(): Promise<void>;
}

/** Each with a spool of its own: one that is down holds no other back. */
export async function openAnchors(
  anchors: readonly Anchor[],
  folder: string,
  log: AuditLogger,
): Promise<Anchors> {
  const spools: Spool[] = [];
  for (const anchor of anchors) {
    const name = anchor.kind === 'file' ? anchor.path : new URL(anchor.url).host;
    // Beside the folder: that one is for those who verify.
    const file = `${folder}-spool-${markOf(anchor)}.jsonl`;
    const deliver = delivery(anchor);
    spools.push(await openSpool({ file, name: `${anchor.kind} ${name}`, deliver, log }));
  }
  return {
    add(note) {
      for (const spool of spools) spool.put(note);
    },
    states: () => spools.map((spool) => spool.state()),
    async close() {
      await Promise.all(spools.map((spool) => spool.close()));
    },
  };
}

function delivery(anchor: Anchor): (note: string) => Promise<void> {
  switch (anchor.kind) {
    case 'file':
      return (note) => appendDurably(anchor.path, `${JSON.stringify({ note })}\n`);
    case 'webhook':
      return (note) => post(anchor.url, anchor.secret, note);
    default:
      return anchor satisfies never;
  }
}

const patienceMs = 10_000;

async function post(url: string, secret: Secret | null, note: string): Promise<void> {
  const body = JSON.stringify({ type: 'audit.checkpoint', data: { note } });
  const headers = {
    'content-type': 'application/json',
    ...webhookHeaders({ content: note, body }, secret),
  };
  const signal = AbortSignal.timeout(patienceMs);
  const answer = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`it answered with status ${answer.status}`);
}

function markOf(anchor: Anchor): string {
  const where = anchor.kind === 'file' ? anchor.path : anchor.url;
  return createHash('sha256').update(`${anchor.kind} ${where}`).digest('hex').slice(0, 16);
}
