import type { JsonObject } from '../../../core/json.ts';
import type { Attributes } from '../wire/attributes.ts';

/** For the digest. Sizes are decimal text, since a uint64 does not fit a JSON number. */
export function attributesJson(attributes: Attributes): JsonObject {
  const { size, owner, permissions, times, extended } = attributes;
  return {
    size: size === null ? null : size.toString(),
    owner: owner === null ? null : { uid: owner.uid, gid: owner.gid },
    permissions,
    times: times === null ? null : { accessed: times.accessed, modified: times.modified },
    extended: extended.map(({ name, value }) => ({
      name: name.toString('base64'),
      value: value.toString('base64'),
    })),
  };
}

/** `mode 0644`, `owner 0:0`: only what is set. */
export function attributeWords(attributes: Attributes): string[] {
  const { size, owner, permissions, times, extended } = attributes;
  const words: string[] = [];
  if (size !== null) words.push(`size ${size}`);
  if (owner !== null) words.push(`owner ${owner.uid}:${owner.gid}`);
  if (permissions !== null) words.push(`mode ${octal(permissions)}`);
  if (times !== null) {
    words.push(`times ${instant(times.accessed)} and ${instant(times.modified)}`);
  }
  for (const { name } of extended) words.push(`attribute ${name.toString('utf8')}`);
  return words;
}

function octal(permissions: number): string {
  return (permissions & 0o7777).toString(8).padStart(4, '0');
}

function instant(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
