import { redactedText } from '../core/masking.ts';
import type { Replacement } from './json-masker.ts';
import { type JsonMap, type JsonNode, readJsonTree } from './json-tree.ts';

/** What a Secret's `data` shows: clients decode it as Base64. */
const redactedData = Buffer.from(redactedText).toString('base64');

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * The Secrets in an answer: those that say so, items of a SecretList, and, where `isSecret`, all
 * that has `data`: rows of a Table, objects of a watch and items of a List among them.
 */
export function secretsWithin(tree: JsonNode, isSecret: boolean): Set<JsonMap> {
  const found = new Set<JsonMap>();
  const visit = (node: JsonNode, within: boolean): void => {
    if (node.kind === 'array') for (const item of node.items) visit(item, within);
    if (node.kind !== 'map') return;
    const kind = textOf(member(node, 'kind'));
    if (within || kind === 'Secret') found.add(node);
    for (const { value } of node.members) visit(value, within || kind === 'SecretList');
  };
  visit(tree, isSecret);
  return found;
}

/** Every value below `data` and `stringData`, and the configuration that kubectl applied last. */
export function maskedSecret(secret: JsonMap): Replacement[] {
  return secret.members.flatMap(({ key, value }) => {
    if (key.text === 'data') return masked(value, redactedData);
    if (key.text === 'stringData') return masked(value, redactedText);
    if (key.text === 'metadata') return annotations(value);
    return [];
  });
}

function masked(node: JsonNode, by: string): Replacement[] {
  switch (node.kind) {
    case 'array':
      return node.items.flatMap((item) => masked(item, by));
    case 'map':
      return node.members.flatMap(({ value }) => masked(value, by));
    case 'text':
      return [{ start: node.start, end: node.end, by: JSON.stringify(by) }];
    case 'scalar':
      return node.source === 'null' ? [] : [{ ...node, by: JSON.stringify(by) }];
    default:
      return node satisfies never;
  }
}

function annotations(metadata: JsonNode): Replacement[] {
  const all = metadata.kind === 'map' ? member(metadata, 'annotations') : undefined;
  if (all?.kind !== 'map') return [];
  return all.members
    .filter(({ key }) => key.text === lastApplied)
    .map(({ value }) => ({
      start: value.start,
      end: value.end,
      by: JSON.stringify(value.kind === 'text' ? appliedWithout(value.text) : redactedText),
    }));
}

function appliedWithout(text: string): string {
  const tree = readJsonTree(text);
  if (tree?.kind !== 'map') return redactedText;
  let out = text;
  for (const { start, end, by } of maskedSecret(tree).reverse()) {
    out = out.slice(0, start) + by + out.slice(end);
  }
  return out;
}

function member(map: JsonMap, name: string): JsonNode | undefined {
  return map.members.find(({ key }) => key.text === name)?.value;
}

function textOf(node: JsonNode | undefined): string | null {
  return node?.kind === 'text' ? node.text : null;
}
