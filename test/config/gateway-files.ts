import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';

/** The reference sample of docs/configuration.md, less what needs files. */
export const sample = `gateway:
  listen: 127.0.0.1:7443
  publicUrl: https://hoopx.example.com
store: sqlite:./hoopx.db
identity:
  - name: corp
    issuer: https://idp.example.com
    clientId: hoopx
    audience: hoopx
    groupsClaim: groups
    kind: human
connections:
  pg-prod:
    type: postgres
    host: db.internal
    port: 5432
    database: app
    user: app
    password: env:PG_PROD_PASSWORD
    tls: verify-full
    labels: { env: prod }
    access: { groups: [engineering] }
rules:
  - name: reads pass
    connections: [pg-*]
    sql: { class: [read, session, transaction] }
    then: allow
  - name: writes need a DBA
    connections: [pg-prod]
    sql: { class: [write, ddl] }
    then: review
    chain: dba
  - name: never drop a database
    sql: { statements: [drop_database] }
    then: deny
    message: Databases are dropped by the platform team.
chains:
  dba:
    stages:
      - { groups: [dba], count: 1 }
    approveWithin: 1h
    runWithin: 30m
    fallback: deny
defaults: { unmatched: deny }
`;

export const env = { PG_PROD_PASSWORD: 'correct horse' };

/** A folder that goes with the test. */
export async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hoopx-config-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(path.join(folder, name), text, { mode: 0o700 });
  }
  return folder;
}

export async function fileOf(text: string, name = 'hoopx.gateway.yaml'): Promise<string> {
  return path.join(await folderOf({ [name]: text }), name);
}

/** The sample with one piece of text replaced. */
export function sampleWith(from: string, to: string): string {
  expect(sample).toContain(from);
  return sample.replace(from, to);
}
