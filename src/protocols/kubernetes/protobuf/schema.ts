import schema from './schema.json' with { type: 'json' };

/**
 * One field of a message, and how Go writes it as JSON. In schema.json it is a text like
 * `3 command? []string`: number, name, type. `?` is Go's omitempty, `*` a pointer, whose zero
 * says something, `[]` a list, `{}` a map with text for keys. The name `.` is for a message whose
 * fields stand among those around it, and `=` for one that is nothing but this field.
 */
export interface Field {
  readonly number: number;
  readonly name: string;
  readonly omitEmpty: boolean;
  readonly shape: 'value' | 'pointer' | 'list' | 'map';
  /** A scalar, one of Kubernetes' own formats, or a message. */
  readonly type: string;
}

export type Message = ReadonlyMap<number, Field>;

const shapes = { '': 'value', '*': 'pointer', '[]': 'list', '{}': 'map' } as const;
const fieldText = /^(\d+) ([.=]|\w+)(\??) (\*|\[\]|\{\}|)(\S+)$/;

const texts = new Map(Object.entries<string>(schema.messages));
const kinds = new Map(
  Object.entries<Readonly<Record<string, string>>>(schema.kinds).map(
    ([apiVersion, names]) => [apiVersion, new Map(Object.entries(names))] as const,
  ),
);
const read = new Map<string, Message>();

/** Options of a request are in every group. Null for what that release does not have. */
export function messageOfKind(apiVersion: string, kind: string): string | null {
  return kinds.get(apiVersion)?.get(kind) ?? kinds.get('*')?.get(kind) ?? null;
}

/** Null for scalars and Kubernetes' own formats. */
export function messageNamed(name: string): Message | null {
  const known = read.get(name);
  if (known !== undefined) return known;
  const text = texts.get(name);
  if (text === undefined) return null;
  const fields = text === '' ? [] : text.split(';').map(fieldOf);
  const message = new Map(fields.map((field) => [field.number, field]));
  read.set(name, message);
  return message;
}

function fieldOf(text: string): Field {
  const [, number, name, empty, prefix, type] = fieldText.exec(text) ?? [];
  if (name === undefined || type === undefined || !isShape(prefix)) {
    throw new Error(`schema.json has a field that is none: ${text}`);
  }
  return {
    ...{ number: Number(number), name, type },
    ...{ omitEmpty: empty === '?', shape: shapes[prefix] },
  };
}

function isShape(prefix: string | undefined): prefix is keyof typeof shapes {
  return prefix !== undefined && Object.hasOwn(shapes, prefix);
}
