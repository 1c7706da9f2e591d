import type { Mask, TextMasker } from '../../core/masking.ts';
import { strictest } from '../strategies.ts';
import type { JsonListener, LongString } from './json-listener.ts';
import { type Undecided, waiting } from './json-output.ts';
import { beginPaths, follow, type JsonPath, type PathPlaces } from './json-path.ts';
import { isNull, isNumber, type JsonToken, textOf } from './json-token.ts';
import { KubernetesObject } from './kubernetes-object.ts';
import {
  type Hiding,
  hiddenValues,
  hidingAt,
  placeOfItem,
  placeOfMember,
  type SecretPlace,
} from './secret-places.ts';

export interface MaskedPath {
  readonly path: JsonPath;
  readonly mask: Mask;
}

export interface JsonWalkParts {
  readonly paths: readonly MaskedPath[];
  /** For every string, key and number. */
  readonly text: TextMasker | null;
  /** Where each text begins; null where Secrets are not hidden. */
  readonly secret: SecretPlace | null;
  /** The object that each text is, whatever kind it says it is. */
  readonly kind: string | null;
  /** Called when it is known of an object whether it is a Secret. */
  readonly learned: () => void;
  /** What stands for the configuration that kubectl has noted in a Secret. */
  readonly applied: (text: string) => string;
}

interface Place {
  readonly paths: PathPlaces;
  readonly mask: Mask | null;
  readonly secret: SecretPlace | null;
}

interface Open {
  readonly place: Place;
  /** Null for an array, and where Secrets are not hidden. */
  readonly object: KubernetesObject | null;
  /** Of the next item. */
  index: number;
}

/** Knows at each place of a JSON text what is to be masked there. */
export class JsonWalk implements JsonListener {
  readonly #parts: JsonWalkParts;
  readonly #paths: readonly JsonPath[];
  readonly #root: Place;
  readonly #open: Open[] = [];
  /** Of the value that comes next. */
  #place: Place;

  constructor(parts: JsonWalkParts) {
    this.#parts = parts;
    this.#paths = parts.paths.map(({ path }) => path);
    this.#root = { paths: beginPaths(this.#paths), mask: null, secret: parts.secret };
    this.#place = this.#root;
  }

  value(): void {
    const top = this.#open[this.#open.length - 1];
    if (top === undefined) this.#place = this.#root;
    else if (top.index >= 0) this.#place = this.#item(top);
  }

  key(token: JsonToken): Buffer | null {
    const top = this.#open[this.#open.length - 1];
    if (top !== undefined) this.#place = this.#member(top, token);
    return this.#found(token);
  }

  begin(kind: 'map' | 'array'): void {
    const { secret } = this.#place;
    if (secret?.role === 'kind') secret.owner?.says(null);
    const object = kind === 'map' && secret !== null ? new KubernetesObject(secret.above) : null;
    const isRoot = this.#open.length === 0;
    if (isRoot && this.#parts.kind !== null) object?.says(this.#parts.kind);
    this.#open.push({ place: this.#place, object, index: kind === 'map' ? -1 : 0 });
  }

  end(): void {
    const object = this.#open.pop()?.object ?? null;
    if (object === null) return;
    object.says(null);
    this.#parts.learned();
  }

  leaf(token: JsonToken): Buffer | Undecided | null {
    const { secret } = this.#place;
    if (secret?.role === 'kind') {
      secret.owner?.says(token.kind === 'string' ? textOf(token) : null);
      this.#parts.learned();
    }
    const standIn = this.#masked(token);
    if (secret === null || secret.claims.length === 0 || isNull(token)) return standIn;
    const { claims } = secret;
    const settled = (): Buffer | null | undefined => {
      const hiding = hidingAt(claims);
      if (hiding === undefined) return undefined;
      return hiding === null ? standIn : this.#hidden(token, hiding);
    };
    const now = settled();
    return now === undefined ? waiting(token, settled) : now;
  }

  longString(): LongString {
    const { secret, mask } = this.#place;
    const hiding = secret === null ? null : hidingAt(secret.claims);
    if (hiding === 'data' || hiding === 'stringData') return hiddenValues[hiding];
    if (hiding !== null || secret?.role === 'kind') return 'held';
    if (mask === null) return this.#parts.text === null ? 'stays' : 'held';
    const saysNothing = mask.strategy === 'null' || mask.strategy === 'redact';
    return saysNothing ? jsonOf(mask.apply('')) : 'held';
  }

  /**
   * What is not known yet can be waited for no longer: the outermost object of which that is so is
   * presumed to be a Secret. False when there is none.
   */
  presume(): boolean {
    return this.#open.some(({ object }) => object?.presume() === true);
  }

  #item(array: Open): Place {
    const { place } = array;
    const name = place.paths.length === 0 ? '' : String(array.index);
    array.index += 1;
    if (place.paths.length === 0 && place.secret === null) return place;
    return this.#below(place, name, place.secret === null ? null : placeOfItem(place.secret));
  }

  #member({ place, object }: Open, token: JsonToken): Place {
    if (place.paths.length === 0 && place.secret === null) return place;
    const name = textOf(token);
    const isHidden = place.secret !== null && object !== null;
    return this.#below(place, name, isHidden ? placeOfMember(place.secret, object, name) : null);
  }

  #below({ paths, mask }: Place, name: string, secret: SecretPlace | null): Place {
    if (paths.length === 0) return { paths, mask, secret };
    const { places, ended } = follow(this.#paths, paths, name);
    if (ended.length === 0) return { paths: places, mask, secret };
    const masks = ended.flatMap((path) => this.#parts.paths[path]?.mask ?? []);
    return { paths: places, mask: strictest(mask === null ? masks : [mask, ...masks]), secret };
  }

  #masked(token: JsonToken): Buffer | null {
    const { mask } = this.#place;
    if (mask === null) return this.#found(token);
    // What is null says nothing.
    if (isNull(token)) return null;
    const { scalars } = mask;
    if (token.kind === 'string' || scalars === undefined) return jsonOf(mask.apply(textOf(token)));
    const number = isNumber(token) ? scalars.json(textOf(token)) : null;
    return number === null ? jsonOf(null) : Buffer.from(number);
  }

  #found(token: JsonToken): Buffer | null {
    const { text } = this.#parts;
    if (text === null) return null;
    const { bytes, escaped } = token;
    if (escaped) {
      const value = textOf(token);
      const masked = text.maskString(value);
      return masked === value ? null : jsonOf(masked);
    }
    const quotes = token.kind === 'string' ? 1 : 0;
    const [start, end] = [token.start + quotes, token.end - quotes];
    if (!text.mayFind(bytes, start, end)) return null;
    const value = bytes.subarray(start, end);
    const masked = text.mask(value);
    return masked === value ? null : jsonOf(masked.toString());
  }

  #hidden(token: JsonToken, hiding: Hiding): Buffer {
    if (hiding !== 'applied') return hiddenValues[hiding];
    return jsonOf(this.#parts.applied(token.kind === 'string' ? textOf(token) : ''));
  }
}

function jsonOf(value: string | null): Buffer {
  return Buffer.from(JSON.stringify(value));
}
