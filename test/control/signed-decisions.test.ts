import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RequestView } from '../../src/control/contract.ts';
import { enrolmentText, signDecision } from '../../src/core/decision-statement.ts';
import { generateSigningKey, type SigningKey } from '../../src/core/signing-key.ts';
import { lineClient } from '../gateway/line-client.ts';
import { type StartedGateway, startedGateway } from '../gateway/started-gateway.ts';
import { rawCall } from './raw-call.ts';

let gateway: StartedGateway;
let request: RequestView;

beforeAll(async () => {
  gateway = await startedGateway();
  const api = gateway.client('engineer');
  const { id } = await api.openTunnel({ connection: 'pg-test', mode: 'live' });
  const lines = lineClient(await api.openStream(id));
  await lines.next();
  lines.send('delete a row');
  const held = ((await lines.next()) ?? '').slice('held '.length);
  request = await gateway.client('reviewer').request(held);
}, 60_000);

afterAll(() => gateway[Symbol.asyncDispose]());

async function post(account: string, path: string, body: unknown) {
  const token = await gateway.token(account);
  return rawCall(gateway, 'POST', path, { token, body: JSON.stringify(body) });
}

const decide = (account: string, body: object) =>
  post(account, `/v1/requests/${request.id}/decision`, { digest: request.digest, ...body });

async function enrol(account: string, key: SigningKey, signer = key) {
  const hash = createHash('sha256')
    .update(await gateway.token(account))
    .digest('hex');
  const proof = signer.sign(enrolmentText(key.publicKey, hash)).toString('base64');
  const body = { publicKey: key.publicKey, proof, origin: 'token' };
  return post(account, '/v1/reviewer-keys', body);
}

it('refuses a decision without a signature, and counts none', async () => {
  expect(await decide('reviewer', { kind: 'approve' })).toMatchObject({ status: 400 });
});

it('refuses one by a key that was never enrolled, and says what to do', async () => {
  const signature = signDecision(generateSigningKey(), request, 'approve', Date.now());
  expect(await decide('reviewer', { kind: 'approve', signature })).toMatchObject({
    status: 403,
    body: { error: { code: 'KEY_NOT_ENROLLED', hint: 'Run: hoopx login' } },
  });
});

it('refuses one by a key that is enrolled as another’s', async () => {
  const key = generateSigningKey();
  expect((await enrol('engineer', key)).status).toBe(204);
  const signature = signDecision(key, request, 'approve', Date.now());
  expect(await decide('reviewer', { kind: 'approve', signature })).toMatchObject({
    body: { error: { code: 'KEY_NOT_ENROLLED' } },
  });
});

it('does not enrol a key for somebody who does not hold it', async () => {
  expect((await enrol('engineer', generateSigningKey(), generateSigningKey())).status).toBe(400);
});

it('refuses a signature over another decision, request, digest, salt or set of rules', async () => {
  const key = generateSigningKey();
  expect((await enrol('reviewer', key)).status).toBe(204);
  const digest = `sha256:${'0'.repeat(64)}`;
  const others = [{ id: 'req_x' }, { digest }, { salt: 'x' }, { policyRevision: 'x' }];
  for (const other of others) {
    const signature = signDecision(key, { ...request, ...other }, 'approve', Date.now());
    expect((await decide('reviewer', { kind: 'approve', signature })).status).toBe(403);
  }
  const denial = signDecision(key, request, 'deny', Date.now());
  expect((await decide('reviewer', { kind: 'approve', signature: denial })).status).toBe(403);
  const moved = { ...signDecision(key, request, 'approve', 0), time: '2026-01-01T00:00:00.000Z' };
  expect((await decide('reviewer', { kind: 'approve', signature: moved })).status).toBe(403);
  expect((await gateway.client('reviewer').request(request.id)).decisions).toEqual([]);
  const signature = signDecision(key, request, 'approve', Date.now());
  expect((await decide('reviewer', { kind: 'approve', signature })).status).toBe(200);
});
