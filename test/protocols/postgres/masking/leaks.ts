import { planted } from './zoo.ts';

const reversed = (text: string) => [...text].reverse().join('');

/** Parts of what is planted that nobody could guess, as they are and as functions turn them. */
const needles: readonly string[] = planted.flatMap((address) => {
  const [local = '', host = ''] = address.split('@');
  return [local, host, reversed(local), reversed(host)].flatMap((part) => [
    part,
    Buffer.from(part).toString('hex'),
    Buffer.from(part).toString('base64').slice(0, 8),
  ]);
});

/** Whether anything planted is in it. */
export function leaks(bytes: Buffer): boolean {
  const text = bytes.toString('latin1').toLowerCase();
  return needles.some((needle) => text.includes(needle.toLowerCase()));
}
