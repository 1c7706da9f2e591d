import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { signCheckpoint } from '../../src/audit/checkpoint.ts';
import { createFrontier } from '../../src/audit/merkle.ts';
import { openSignerFile } from '../../src/audit/signer-file.ts';
import { type Verification, type VerifyOptions, verifyFolder } from '../../src/audit/verify.ts';
import type { AuditRecord } from '../../src/core/audit-record.ts';
import { leafHash } from '../../src/core/audit-seal.ts';
import { lineClient } from '../gateway/line-client.ts';
import { type StartedGateway, startedGateway } from '../gateway/started-gateway.ts';

export interface LivedLog extends AsyncDisposable {
  /** The records, in order, as the gateway wrote them. */
  readonly lines: readonly string[];
  /** What the gateway's checkpoints file holds. */
  readonly checkpoints: string;
  /** A checkpoint over these records, signed with the gateway's own key, as its file has it. */
  signed(lines: readonly string[], time?: string): Promise<string>;
  /** Verifies a copy that has been changed. */
  verify(change: Change, options?: Partial<VerifyOptions>): Promise<Verification>;
}

export interface Change {
  readonly lines?: readonly string[];
  /** Of the whole file, instead of lines. */
  readonly bytes?: Buffer;
  readonly checkpoints?: string;
}

const plain: VerifyOptions = { key: null, anchors: [], reviewerKeys: null, since: null };

/** The log of a real gateway through which something passed, something was approved and run, and something was denied. */
export async function livedLog(): Promise<LivedLog> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-audit-'));
  {
    await using gateway = await startedGateway();
    await live(gateway);
    await gateway.stop();
    await cp(path.join(gateway.folder, 'audit'), path.join(folder, 'original'), {
      recursive: true,
    });
    await cp(path.join(gateway.folder, 'audit.key'), path.join(folder, 'audit.key'));
  }
  const original = path.join(folder, 'original');
  const text = await readFile(path.join(original, segment), 'utf8');
  const checkpoints = await readFile(path.join(original, 'checkpoints.jsonl'), 'utf8');
  let copies = 0;
  return {
    lines: text.trimEnd().split('\n'),
    checkpoints,
    async signed(lines, time = new Date().toISOString()) {
      const signer = await openSignerFile(path.join(folder, 'audit.key'), 'not made anew');
      const tree = createFrontier();
      for (const line of lines) tree.add(leafHash(line));
      const note = signCheckpoint({ size: lines.length, root: tree.root(), time }, signer);
      return `${JSON.stringify({ note, peaks: tree.parts() })}\n`;
    },
    async verify(change, options = {}) {
      copies += 1;
      const copy = path.join(folder, `copy-${copies}`);
      await cp(original, copy, { recursive: true });
      const { lines, bytes, checkpoints: notes } = change;
      if (bytes !== undefined) await writeFile(path.join(copy, segment), bytes);
      if (lines !== undefined) {
        await writeFile(path.join(copy, segment), lines.map((line) => `${line}\n`).join(''));
      }
      if (notes !== undefined) await writeFile(path.join(copy, 'checkpoints.jsonl'), notes);
      return verifyFolder(copy, { ...plain, ...options });
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

const segment = 'records-000000000001.jsonl';

async function live(gateway: StartedGateway): Promise<void> {
  const api = gateway.client('engineer');
  const tunnel = await api.openTunnel({ connection: 'pg-test', mode: 'live' });
  const lines = lineClient(await api.openStream(tunnel.id));
  await lines.next();
  const ask = async (line: string) => {
    lines.send(line);
    return (await lines.next()) ?? '';
  };
  for (let index = 0; index < 5; index += 1) await ask('select 1');
  await ask('drop a table');
  const reviewer = gateway.client('reviewer');
  for (const what of ['delete one', 'delete two']) {
    const id = (await ask(what)).slice('held '.length);
    const { digest } = await reviewer.request(id);
    await reviewer.decide(id, { kind: 'approve', digest, reason: 'a secret reason' });
    await lines.next();
  }
  lines.stream.end();
  await api.closeTunnel(tunnel.id);
}

/** As retention would remove what that record closes. */
export function removalOf(
  { session, v, seq, time, prev }: Extract<AuditRecord, { type: 'recording_closed' }>,
  reason: 'age' | 'size',
) {
  return { type: 'recording_removed', session, reason, v, seq, time, prev } as const;
}
