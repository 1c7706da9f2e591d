import { type Mask, redactedText } from '../../../src/core/masking.ts';
import type { ScalarMask } from '../../../src/core/scalar-mask.ts';
import type { JsonMaskerParts } from '../../../src/masking/json/json-masker.ts';
import {
  beginPaths,
  follow,
  type JsonPath,
  type PathPlaces,
} from '../../../src/masking/json/json-path.ts';
import { strictest } from '../../../src/masking/strategies.ts';
import { type JsonMap, type JsonNode, readJsonTree } from './json-tree.ts';
import { maskedSecret, secretsWithin } from './secrets-in-tree.ts';

export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

/**
 * What the masker in `src` must give, said as plainly as it can be: reads all of the text into a
 * tree, finds what is to be replaced, and replaces it. Null for what cannot be read.
 */
export function maskedWhole(text: string, parts: JsonMaskerParts, secret: boolean): string | null {
  const tree = readJsonTree(text);
  if (tree === null) return null;
  const secrets = parts.secrets ? secretsWithin(tree, secret) : new Set<JsonMap>();
  return replaced(text, new Walk(parts).from(tree, secrets));
}

/** A Secret that is noted as JSON, whatever kind it says it is. */
function maskedNote(text: string, { text: masker }: JsonMaskerParts): string {
  const tree = readJsonTree(text);
  if (tree?.kind !== 'map') return redactedText;
  const secrets = new Set([
    tree,
    ...tree.members.flatMap(({ value }) => [...secretsWithin(value, false)]),
  ]);
  const parts = { paths: [], text: masker, secrets: true };
  return replaced(text, new Walk(parts).from(tree, secrets));
}

class Walk {
  readonly #replacements: Replacement[] = [];
  readonly #parts: JsonMaskerParts;
  readonly #paths: readonly JsonPath[];

  constructor(parts: JsonMaskerParts) {
    this.#parts = parts;
    this.#paths = parts.paths.map(({ path }) => path);
  }

  from(tree: JsonNode, secrets: ReadonlySet<JsonMap>): readonly Replacement[] {
    this.#walk(tree, beginPaths(this.#paths), null, secrets);
    return this.#replacements;
  }

  #walk(
    node: JsonNode,
    places: PathPlaces,
    mask: Mask | null,
    secrets: ReadonlySet<JsonMap>,
  ): void {
    switch (node.kind) {
      case 'scalar':
        if (mask?.scalars === undefined) this.#replace(node, node.source, mask);
        else this.#replaceScalar(node, node.source, mask.scalars);
        break;
      case 'text':
        this.#replace(node, node.text, mask);
        break;
      case 'array':
        for (const [index, item] of node.items.entries()) {
          this.#below(item, String(index), { places, mask, secrets });
        }
        break;
      case 'map':
        if (secrets.has(node)) {
          const noted = (text: string) => maskedNote(text, this.#parts);
          this.#replacements.push(...maskedSecret(node, noted));
        }
        for (const { key, value } of node.members) {
          this.#replace(key, key.text, null);
          this.#below(value, key.text, { places, mask, secrets });
        }
        break;
      default:
        node satisfies never;
    }
  }

  #below(
    node: JsonNode,
    key: string,
    above: {
      readonly places: PathPlaces;
      readonly mask: Mask | null;
      readonly secrets: ReadonlySet<JsonMap>;
    },
  ): void {
    const { places, ended } = follow(this.#paths, above.places, key);
    const masks = ended.map((path) => this.#parts.paths[path]?.mask);
    const all = [above.mask, ...masks].filter((mask) => mask !== null && mask !== undefined);
    this.#walk(node, places, strictest(all), above.secrets);
  }

  #replaceScalar({ start, end }: JsonNode, source: string, scalars: ScalarMask): void {
    const by = /\d/.test(source) ? (scalars.json(source) ?? 'null') : 'null';
    this.#replacements.push({ start, end, by });
  }

  #replace({ start, end }: JsonNode, value: string, mask: Mask | null): void {
    if (mask !== null) {
      // What is null says nothing.
      if (value === 'null' && end - start === 4) return;
      this.#replacements.push({ start, end, by: JSON.stringify(mask.apply(value)) });
      return;
    }
    const masked = this.#parts.text?.maskString(value) ?? value;
    if (masked !== value) this.#replacements.push({ start, end, by: JSON.stringify(masked) });
  }
}

/** Of several for one place the first stands: those of a Secret come before what is within. */
function replaced(text: string, replacements: readonly Replacement[]): string {
  const ordered = [...replacements].sort((one, other) => one.start - other.start);
  const out: string[] = [];
  let at = 0;
  for (const { start, end, by } of ordered) {
    if (start < at) continue;
    out.push(text.slice(at, start), by);
    at = end;
  }
  out.push(text.slice(at));
  return out.join('');
}
