import { generateIdentity, identityToRecipient } from 'age-encryption';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSealer, createSessionKey } from '../../src/recording/sealing.ts';
import { unsealed } from '../../src/recording/unseal.ts';

let identity = '';
let sealed = Buffer.alloc(0);
let ends: number[] = [];
const lines = ['first\n', 'second\n', 'third\n'];

beforeAll(async () => {
  identity = await generateIdentity();
  const sealer = createSealer(await createSessionKey([await identityToRecipient(identity)]));
  const pieces = [sealer.head, ...lines.map((line) => sealer.seal(Buffer.from(line), false))];
  pieces.push(sealer.seal(Buffer.alloc(0), true));
  sealed = Buffer.concat(pieces);
  let end = 0;
  ends = pieces.map((piece) => {
    end += piece.length;
    return end;
  });
});

async function read(bytes: Buffer, identities = [identity], step = bytes.length): Promise<string> {
  async function* source() {
    for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
  }
  let text = '';
  for await (const piece of unsealed(source(), identities)) text += piece.toString();
  return text;
}

describe('an encrypted recording', () => {
  it('is read by nobody but a holder of an identity', async () => {
    await expect(read(sealed, [])).rejects.toMatchObject({ code: 'IDENTITY_NEEDED' });
    const other = await generateIdentity();
    await expect(read(sealed, [other])).rejects.toMatchObject({ code: 'WRONG_IDENTITY' });
    expect(sealed.includes('second')).toBe(false);
  });

  it('does not let a piece be changed, left out, or moved', async () => {
    const [head = 0, one = 0, two = 0, three = 0] = ends;
    const changed = Buffer.from(sealed);
    changed[two - 1] = (changed[two - 1] ?? 0) ^ 1;
    await expect(read(changed)).rejects.toMatchObject({ code: 'DAMAGED' });
    const without = Buffer.concat([sealed.subarray(0, one), sealed.subarray(two)]);
    await expect(read(without)).rejects.toMatchObject({ code: 'DAMAGED' });
    const moved = [
      sealed.subarray(0, head),
      sealed.subarray(one, two),
      sealed.subarray(head, one),
      sealed.subarray(two, three),
    ];
    await expect(read(Buffer.concat(moved))).rejects.toMatchObject({ code: 'DAMAGED' });
  });

  it('is read whole, whatever pieces it comes in', async () => {
    expect(await read(sealed)).toBe(lines.join(''));
    expect(await read(sealed, [identity], 1)).toBe(lines.join(''));
  });

  it('is readable up to its last whole piece wherever it breaks off', async () => {
    const [head = 0] = ends;
    for (let length = head; length <= sealed.length; length += 1) {
      const whole = ends.filter((end) => end > head && end <= length).length;
      expect(await read(sealed.subarray(0, length))).toBe(lines.slice(0, whole).join(''));
    }
  });
});
