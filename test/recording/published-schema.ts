import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';

const file = new URL('../../docs/schemas/recording-v1.json', import.meta.url);

/** Every line of a session.ndjson is as docs/schemas/recording-v1.json says. */
export async function expectPublishedForm(text: string): Promise<void> {
  const ajv = new Ajv2020({
    ...{ strict: true, strictRequired: false, allowUnionTypes: true },
    formats: { 'date-time': (text: string) => new Date(text).toISOString() === text },
  });
  const isLine = ajv.compile(JSON.parse(await readFile(file, 'utf8')));
  for (const line of text.trimEnd().split('\n')) {
    const valid = isLine(JSON.parse(line));
    expect(valid, `${line}\n${ajv.errorsText(isLine.errors)}`).toBe(true);
  }
}
