import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { environmentTokens, fileTokens } from '../../src/identity/given-tokens.ts';
import { stateFolder } from './logged-in.ts';

const now = 1_800_000_000_000;
const clock = () => now;

function token(name: string, secondsLeft = 60): string {
  const claims = { sub: name, exp: now / 1000 + secondsLeft };
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
}

describe('a token that was given', () => {
  test('and has expired is refused: exit 4', async () => {
    const source = environmentTokens(new Secret(token('a', 0)), clock);
    await expect(source.current()).rejects.toMatchObject({ code: 'LOGIN_EXPIRED', exitCode: 4 });
  });

  test.each(['', 'opaque', 'a.b', 'a.b.c'])('and is no JWT is refused: %j', async (text) => {
    const source = environmentTokens(new Secret(text), clock);
    await expect(source.current()).rejects.toMatchObject({ code: 'TOKEN_UNREADABLE', exitCode: 4 });
  });

  test('in a file that is missing or huge is refused, and the token is not repeated', async () => {
    const file = path.join(await stateFolder(), 'token');
    const source = fileTokens(file, clock);
    await expect(source.current()).rejects.toMatchObject({ code: 'TOKEN_UNREADABLE' });
    await writeFile(file, 'x'.repeat(100_000));
    await expect(source.current()).rejects.toThrow(/^(?!.*xxxx)/);
  });

  test('in a file is read again when the file changes or is replaced', async () => {
    const file = path.join(await stateFolder(), 'token');
    await writeFile(file, `${token('first')}\n`);
    const source = fileTokens(file, clock);
    expect(await source.current()).toEqual({ token: token('first'), expiresAt: now + 60_000 });
    await writeFile(`${file}.new`, token('other'));
    await rename(`${file}.new`, file);
    expect((await source.current()).token).toBe(token('other'));
  });
});
