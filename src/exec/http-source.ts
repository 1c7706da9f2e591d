import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { parseArgs } from 'node:util';
import { readInputFile } from './command-source.ts';
import { type ExecFlags, usage } from './exec-flags.ts';

/** One request as it leaves for the gateway. */
export interface HttpAsk {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

export interface HttpMeans {
  /** `METHOD PATH`, and flags if they stood behind `--`. */
  readonly words: readonly string[];
  readonly flags: Pick<ExecFlags, 'header' | 'data' | 'data-file'>;
  /** Opened only when it is read. */
  readonly stdin: () => Readable;
}

/** @throws UserError when what was given is no request */
export async function readHttpAsk(means: HttpMeans): Promise<HttpAsk> {
  const { positionals, flags } = parsed(means);
  const [method = '', path = '', ...more] = positionals;
  if (path === '' || more.length > 0) throw asked('give METHOD and PATH, and nothing else');
  if (!/^[A-Za-z]+$/.test(method)) throw asked(`${method} is no method`);
  if (!/^\/[\x21-\x7e]*$/.test(path)) {
    throw asked('PATH begins with a slash, and what is not plain ASCII in it is percent-encoded');
  }
  const given = (flags.header ?? []).map(headerOf);
  const body = await bodyOf(flags, means.stdin);
  const headers = [...given, ...unlessGiven(given, body, flags), ...lengthOf(method, body)];
  return { method: method.toUpperCase(), path, headers, body: body ?? Buffer.alloc(0) };
}

type HttpFlags = HttpMeans['flags'];

/** Behind `--` the flags of a request stand among its words. */
function parsed({ words, flags }: HttpMeans) {
  try {
    const { positionals, values } = parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        header: { type: 'string', short: 'H', multiple: true },
        data: { type: 'string', short: 'd' },
        'data-file': { type: 'string' },
      },
    });
    const header = [...(flags.header ?? []), ...(values.header ?? [])];
    const behind: HttpFlags = { ...flags, ...values, header };
    return { positionals, flags: behind };
  } catch (cause) {
    throw asked(cause instanceof Error ? cause.message : 'unknown flag');
  }
}

/** What carries the request, and what the gateway is asked by other flags. */
const ownHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'prefer',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function headerOf(line: string): readonly [string, string] {
  const [, name = '', value = ''] = /^([A-Za-z0-9!#$%&'*+\-.^_`|~]+):(.*)$/.exec(line) ?? [];
  const trimmed = value.trim();
  if (name === '' || !/^[\t\x20-\x7e\x80-\xff]*$/.test(trimmed)) {
    throw asked(`${JSON.stringify(line)} is no header`);
  }
  if (ownHeaders.has(name.toLowerCase())) throw asked(`exec itself sets ${name}`);
  return [name, trimmed];
}

async function bodyOf(flags: HttpFlags, stdin: HttpMeans['stdin']): Promise<Buffer | null> {
  const { data, 'data-file': file } = flags;
  if (data !== undefined && file !== undefined) {
    throw asked('give the body with --data or --data-file, not both');
  }
  const source = file ?? (data?.startsWith('@') ? data.slice(1) : data === '-' ? '-' : null);
  if (source === null) return data === undefined ? null : Buffer.from(data);
  return source === '-' ? readStdin(stdin()) : readInputFile(source, tooLarge);
}

const maxBodyBytes = 1024 * 1024;
const tooLarge = 'curl through hoopx connect sends bodies of any size; they are not reviewed.';

async function readStdin(stdin: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxBodyBytes) {
      throw usage('standard input has more than 1 MiB, which is what a reviewer can be shown', {
        hint: tooLarge,
      });
    }
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function unlessGiven(
  given: HttpAsk['headers'],
  body: Buffer | null,
  flags: HttpFlags,
): HttpAsk['headers'] {
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const lines: (readonly [string, string])[] = [
    ['User-Agent', 'hoopx-exec'],
    ['Accept', '*/*'],
    ...(body === null ? [] : [['Content-Type', typeOf(body, flags)] as const]),
  ];
  return lines.filter(([name]) => !names.has(name.toLowerCase()));
}

const withoutBodies: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS']);

function lengthOf(method: string, body: Buffer | null): HttpAsk['headers'] {
  if (body === null && withoutBodies.has(method.toUpperCase())) return [];
  return [['Content-Length', `${body?.length ?? 0}`]];
}

/** JSON is told by what it is; else what curl says of the same flag. */
function typeOf(body: Buffer, flags: HttpFlags): string {
  if (isJson(body)) return 'application/json';
  const isText = flags['data-file'] === undefined && isUtf8(body);
  return isText ? 'application/x-www-form-urlencoded' : 'application/octet-stream';
}

function isJson(body: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

function asked(message: string) {
  return usage(message, {
    hint: "For instance: hoopx exec admin-api -- POST /v1/users --data @user.json -H 'If-Match: 7'",
  });
}
