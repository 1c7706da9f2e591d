import { createHash } from 'node:crypto';
import type { GitAnchor } from '../core/git-anchor.ts';
import type { Secret } from '../core/secret.ts';
import { AnchorDivergedError } from './anchor-diverged.ts';
import { anchorLine } from './anchor-line.ts';
import { appendDurably } from './checkpoint-files.ts';
import { gitDelivery } from './git-anchor.ts';
import type { AuditLogger } from './logger.ts';
import { type S3Anchor, s3Delivery } from './s3-anchor.ts';
import { openSpool, type Spool, type SpoolState } from './spool.ts';
import { webhookHeaders } from './webhook-headers.ts';

/** Where checkpoints are kept out of the gateway's reach. */
export type Anchor =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'webhook'; readonly url: string; readonly secret: Secret | null }
  | GitAnchor
  | S3Anchor;

export interface Anchors {
  add(note: string): void;
  states(): readonly SpoolState[];
  close(): Promise<void>;
}

/** Told once when an anchor turns out not to have what it was given, and again after it had. */
export type DivergenceListener = (anchor: string, problem: string) => void;

/** Each with a spool of its own: one that is down holds no other back. */
export async function openAnchors(
  anchors: readonly Anchor[],
  folder: string,
  log: AuditLogger,
  onDiverged: DivergenceListener,
): Promise<Anchors> {
  const spools: Spool[] = [];
  for (const anchor of anchors) {
    const name = nameOf(anchor);
    // Beside the folder: that one is for those who verify.
    const file = `${folder}-spool-${markOf(anchor)}.jsonl`;
    const told = (problem: string) => onDiverged(name, problem);
    const deliver = withAlarm(delivery(anchor, folder), told);
    spools.push(await openSpool({ file, name, deliver, log }));
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

type Delivery = (note: string) => Promise<void>;

function delivery(anchor: Anchor, folder: string): Delivery {
  switch (anchor.kind) {
    case 'file':
      return (note) => appendDurably(anchor.path, anchorLine(note));
    case 'webhook':
      return (note) => post(anchor.url, anchor.secret, note);
    case 's3':
      return s3Delivery(anchor);
    case 'git':
      return gitDelivery(anchor, `${folder}-git-${markOf(anchor)}`);
    default:
      return anchor satisfies never;
  }
}

function withAlarm(deliver: Delivery, told: (problem: string) => void): Delivery {
  let alarmed = false;
  return async (note) => {
    try {
      await deliver(note);
      alarmed = false;
    } catch (error) {
      if (error instanceof AnchorDivergedError && !alarmed) {
        alarmed = true;
        told(error.message);
      }
      throw error;
    }
  };
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

function nameOf(anchor: Anchor): string {
  switch (anchor.kind) {
    case 'file':
      return `file ${anchor.path}`;
    case 'webhook':
      return `webhook ${new URL(anchor.url).host}`;
    case 's3':
      return `s3 ${anchor.place.bucket}`;
    case 'git':
      return `git ${anchor.url} ${anchor.branch}`;
    default:
      return anchor satisfies never;
  }
}

function markOf(anchor: Anchor): string {
  return createHash('sha256').update(placeOf(anchor)).digest('hex').slice(0, 16);
}

function placeOf(anchor: Anchor): string {
  switch (anchor.kind) {
    case 'file':
      return `file ${anchor.path}`;
    case 'webhook':
      return `webhook ${anchor.url}`;
    case 's3':
      return `s3 ${anchor.place.endpoint} ${anchor.place.bucket} ${anchor.place.prefix}`;
    case 'git':
      return `git ${anchor.url} ${anchor.branch} ${anchor.path}`;
    default:
      return anchor satisfies never;
  }
}
