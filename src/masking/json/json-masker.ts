import {
  type JsonMasker,
  type JsonStream,
  redactedText,
  type TextMasker,
} from '../../core/masking.ts';
import { UnreadableJsonError } from '../../core/unreadable-json-error.ts';
import { JsonOutput } from './json-output.ts';
import { JsonReader } from './json-reader.ts';
import { JsonWalk, type JsonWalkParts, type MaskedPath } from './json-walk.ts';
import { placeOfText } from './secret-places.ts';
import { WholeCharacters } from './whole-characters.ts';

export interface JsonMaskerParts {
  readonly paths: readonly MaskedPath[];
  /** For every string, key and number. */
  readonly text: TextMasker | null;
  readonly secrets: boolean;
}

const nothing = Buffer.alloc(0);
const byteOrderMark = Buffer.from('\uFEFF');

/** Everything but what is masked stays as it was written, to the last space. */
export function createJsonMasker({ paths, text, secrets }: JsonMaskerParts): JsonMasker {
  const applied = (noted: string) => maskedNote(noted, text);
  return {
    stream: ({ secret, many }) =>
      new MaskedJson(
        { paths, text, applied, kind: null, secret: secrets ? placeOfText(secret) : null },
        many,
      ),
  };
}

class MaskedJson implements JsonStream {
  readonly #characters = new WholeCharacters();
  readonly #output: JsonOutput;
  readonly #reader: JsonReader;
  #begun = false;

  constructor(parts: Omit<JsonWalkParts, 'learned'>, many: boolean) {
    const walk = new JsonWalk({ ...parts, learned: () => this.#output.settle() });
    this.#output = new JsonOutput(() => walk.presume());
    this.#reader = new JsonReader(walk, this.#output, many);
  }

  write(bytes: Buffer): Buffer {
    const whole = this.#characters.take(bytes);
    if (whole.length === 0) return nothing;
    this.#reader.write(this.#begun ? whole : withoutMark(whole));
    this.#begun = true;
    return this.#output.take();
  }

  end(): Buffer {
    this.#characters.end();
    this.#reader.end();
    return this.#output.take();
  }
}

/** RFC 8259, section 8.1: it may be ignored, and must not be passed on. */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(byteOrderMark) ? bytes.subarray(3) : bytes;
}

/** A Secret that is noted as JSON, whatever kind it says it is. */
function maskedNote(noted: string, text: TextMasker | null): string {
  if (!/^[ \t\r\n]*\{/.test(noted)) return redactedText;
  const stream = new MaskedJson(
    {
      ...{ paths: [], text, kind: 'Secret', secret: placeOfText(false) },
      applied: (within) => maskedNote(within, text),
    },
    false,
  );
  try {
    return Buffer.concat([stream.write(Buffer.from(noted)), stream.end()]).toString();
  } catch (error) {
    if (error instanceof UnreadableJsonError) return redactedText;
    throw error;
  }
}
