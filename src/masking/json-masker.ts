import type { JsonMasker, Mask, TextMasker } from '../core/masking.ts';
import { beginPaths, follow, type JsonPath, type PathPlaces } from './json-path.ts';
import { type JsonMap, type JsonNode, readJsonTree } from './json-tree.ts';
import { maskedSecret, secretsWithin } from './kubernetes-secrets.ts';
import { strictest } from './strategies.ts';

export interface MaskedPath {
  readonly path: JsonPath;
  readonly mask: Mask;
}

export interface JsonMaskerParts {
  readonly paths: readonly MaskedPath[];
  /** For every string, key and number. */
  readonly text: TextMasker | null;
  readonly secrets: boolean;
}

export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

/** Everything but what is masked stays as it was written, to the last space. */
export function createJsonMasker(parts: JsonMaskerParts): JsonMasker {
  return {
    mask(text, { secret }) {
      const tree = readJsonTree(text);
      if (tree === null) return null;
      const walk = new Walk(parts);
      walk.from(tree, parts.secrets && secret);
      return replaced(text, walk.replacements);
    },
  };
}

class Walk {
  readonly replacements: Replacement[] = [];
  readonly #parts: JsonMaskerParts;
  readonly #paths: readonly JsonPath[];

  constructor(parts: JsonMaskerParts) {
    this.#parts = parts;
    this.#paths = parts.paths.map(({ path }) => path);
  }

  /** @param isSecret whether it comes from where Secrets are, whatever it calls itself */
  from(tree: JsonNode, isSecret: boolean): void {
    const secrets = this.#parts.secrets ? secretsWithin(tree, isSecret) : new Set<JsonMap>();
    this.#walk(tree, beginPaths(this.#paths), null, secrets);
  }

  #walk(
    node: JsonNode,
    places: PathPlaces,
    mask: Mask | null,
    secrets: ReadonlySet<JsonMap>,
  ): void {
    switch (node.kind) {
      case 'scalar':
        this.#replace(node, node.source, mask);
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
        if (secrets.has(node)) this.replacements.push(...maskedSecret(node));
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

  #replace({ start, end }: JsonNode, value: string, mask: Mask | null): void {
    if (mask !== null) {
      // What is null says nothing.
      if (value === 'null' && end - start === 4) return;
      this.replacements.push({ start, end, by: JSON.stringify(mask.apply(value)) });
      return;
    }
    const masked = this.#parts.text?.maskString(value) ?? value;
    if (masked !== value) this.replacements.push({ start, end, by: JSON.stringify(masked) });
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
