import { UnreadableJsonError } from '../../core/unreadable-json-error.ts';
import { byteSet } from '../detectors/text.ts';
import type { JsonListener, LongString } from './json-listener.ts';
import type { JsonOutput, Undecided } from './json-output.ts';
import { isScalar, scalarEnd } from './json-scalar.ts';
import type { JsonToken } from './json-token.ts';
import { StringScan } from './string-scan.ts';

interface CutToken {
  readonly kind: JsonToken['kind'];
  readonly isKey: boolean;
  readonly treatment: LongString;
  readonly parts: Buffer[];
  length: number;
}

type Expected = 'value' | 'first item' | 'first key' | 'key' | 'colon' | 'comma' | 'nothing';

const maxDepth = 200;
/** Of a string or number that has to be known as a whole. */
const maxTokenBytes = 16 * 1024 * 1024;
const blanks = byteSet(' \t\r\n');
const [quote, comma, colon] = [0x22, 0x2c, 0x3a];
const [beginMap, endMap, beginArray, endArray] = [0x7b, 0x7d, 0x5b, 0x5d];
const nothing = Buffer.alloc(0);

/**
 * Reads JSON (RFC 8259) in pieces that are cut anywhere, and writes it out as it is written but for
 * what the listener changes. Holds nothing but how deep it is, and a string or number that has not
 * ended. Throws UnreadableJsonError: of what follows that place nothing leaves.
 */
export class JsonReader {
  readonly #listener: JsonListener;
  readonly #out: JsonOutput;
  readonly #afterValue: Expected;
  readonly #scan = new StringScan();
  readonly #open: ('map' | 'array')[] = [];
  #expected: Expected = 'value';
  #cut: CutToken | null = null;
  #bytes: Buffer = nothing;
  #at = 0;
  /** What stands before has left. */
  #left = 0;

  /** @param many any number of values, one after the other; else one */
  constructor(listener: JsonListener, out: JsonOutput, many: boolean) {
    this.#listener = listener;
    this.#out = out;
    this.#afterValue = many ? 'value' : 'nothing';
  }

  write(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#at = this.#left = 0;
    if (this.#cut !== null) this.#goOn(this.#cut);
    while (this.#at < bytes.length) this.#step(bytes[this.#at] ?? 0);
    this.#leave(bytes.length);
  }

  end(): void {
    this.#bytes = nothing;
    this.#at = this.#left = 0;
    if (this.#cut?.kind === 'scalar') this.#whole(this.#cut, 0);
    const isOver = this.#open.length === 0 && this.#expected === this.#afterValue;
    if (this.#cut !== null || !isOver) throw new UnreadableJsonError('it breaks off');
  }

  #step(byte: number): void {
    if (blanks[byte] === 1) {
      this.#at += 1;
      return;
    }
    switch (this.#expected) {
      case 'value':
      case 'first item':
        this.#item(byte);
        break;
      case 'key':
      case 'first key':
        this.#key(byte);
        break;
      case 'colon':
        if (byte !== colon) fail();
        this.#next('value');
        break;
      case 'comma':
        this.#comma(byte);
        break;
      case 'nothing':
        fail();
        break;
      default:
        this.#expected satisfies never;
    }
  }

  #next(expected: Expected): void {
    this.#at += 1;
    this.#expected = expected;
  }

  #comma(byte: number): void {
    const inMap = this.#open[this.#open.length - 1] === 'map';
    if (byte === comma) this.#next(inMap ? 'key' : 'value');
    else if (byte === (inMap ? endMap : endArray)) this.#end();
    else fail();
  }

  #key(byte: number): void {
    if (byte === quote) this.#string(true);
    else if (byte === endMap && this.#expected === 'first key') this.#end();
    else fail();
  }

  #item(byte: number): void {
    if (byte === endArray && this.#expected === 'first item') this.#end();
    else this.#value(byte);
  }

  #value(byte: number): void {
    if (this.#open.length > maxDepth) {
      throw new UnreadableJsonError(`it is nested more than ${maxDepth} deep`);
    }
    this.#listener.value();
    if (byte === beginMap) this.#begin('map');
    else if (byte === beginArray) this.#begin('array');
    else if (byte === quote) this.#string(false);
    else this.#scalar();
  }

  #begin(kind: 'map' | 'array'): void {
    this.#listener.begin(kind);
    this.#open.push(kind);
    this.#next(kind === 'map' ? 'first key' : 'first item');
  }

  #end(): void {
    this.#open.pop();
    this.#at += 1;
    this.#listener.end();
    this.#valueIsOver();
  }

  #valueIsOver(): void {
    this.#expected = this.#open.length === 0 ? this.#afterValue : 'comma';
  }

  #string(isKey: boolean): void {
    const bytes = this.#bytes;
    const start = this.#at;
    this.#scan.begin();
    const end = this.#scan.end(bytes, start + 1);
    if (end === -1) {
      this.#cutOff('string', isKey, isKey ? 'held' : this.#listener.longString());
    } else {
      this.#at = end;
      this.#token({ kind: 'string', bytes, start, end, escaped: this.#scan.escaped }, isKey);
    }
  }

  #scalar(): void {
    const bytes = this.#bytes;
    const start = this.#at;
    const end = scalarEnd(bytes, start);
    if (end === bytes.length) {
      this.#cutOff('scalar', false, 'held');
    } else {
      this.#at = end;
      this.#token({ kind: 'scalar', bytes, start, end, escaped: false }, false);
    }
  }

  #token(token: JsonToken, isKey: boolean): void {
    const standIn = this.#standIn(token, isKey);
    if (standIn === null) return;
    this.#leave(token.start);
    this.#out.push(standIn);
    this.#left = token.end;
  }

  #standIn(token: JsonToken, isKey: boolean): Buffer | Undecided | null {
    if (isKey) {
      this.#expected = 'colon';
      return this.#listener.key(token);
    }
    if (token.kind === 'scalar' && !isScalar(token)) fail();
    this.#valueIsOver();
    return this.#listener.leaf(token);
  }

  /** The bytes end within a token. */
  #cutOff(kind: JsonToken['kind'], isKey: boolean, treatment: LongString): void {
    this.#leave(this.#at);
    this.#cut = { kind, isKey, treatment, parts: [], length: 0 };
    this.#more(this.#cut, this.#bytes.length);
  }

  #goOn(cut: CutToken): void {
    const end = cut.kind === 'string' ? this.#scan.end(this.#bytes, 0) : scalarEnd(this.#bytes, 0);
    const goesOn = end === -1 || (cut.kind === 'scalar' && end === this.#bytes.length);
    if (goesOn) this.#more(cut, this.#bytes.length);
    else this.#whole(cut, end);
  }

  /** What comes of the token up to `end`. */
  #more(cut: CutToken, end: number): void {
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = this.#left = end;
    if (cut.treatment === 'stays') this.#out.push(bytes);
    if (cut.treatment !== 'held') return;
    cut.length += bytes.length;
    if (cut.length > maxTokenBytes) {
      throw new UnreadableJsonError(`a value has more than ${maxTokenBytes} bytes`);
    }
    cut.parts.push(bytes);
  }

  #whole(cut: CutToken, end: number): void {
    this.#more(cut, end);
    this.#cut = null;
    const { kind, isKey, treatment } = cut;
    if (treatment !== 'held') {
      if (treatment !== 'stays') this.#out.push(treatment);
      this.#valueIsOver();
      return;
    }
    const bytes = Buffer.concat(cut.parts);
    const token = { kind, bytes, start: 0, end: bytes.length, escaped: this.#scan.escaped };
    this.#out.push(this.#standIn(token, isKey) ?? bytes);
  }

  #leave(end: number): void {
    if (end > this.#left) this.#out.push(this.#bytes.subarray(this.#left, end));
    this.#left = end;
  }
}

function fail(): never {
  throw new UnreadableJsonError('it is no JSON');
}
