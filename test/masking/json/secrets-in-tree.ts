import { redactedText } from '../../../src/core/masking.ts';
import type { JsonMap, JsonNode } from './json-tree.ts';
import type { Replacement } from './whole-tree.ts';

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
    const kind = kindOf(node);
    if (within || kind === 'Secret') found.add(node);
    for (const { value } of node.members) visit(value, within || kind === 'SecretList');
  };
  visit(tree, isSecret);
  return found;
}

/**
 * Every value below `data` and `stringData`, and the configuration that kubectl applied last.
 * @param noted what stands for such a configuration
 */
export function maskedSecret(secret: JsonMap, noted: (text: string) => string): Replacement[] {
  return secret.members.flatMap(({ key, value }) => {
    if (key.text === 'data') return masked(value, () => redactedData);
    if (key.text === 'stringData') return masked(value, () => redactedText);
    if (key.text !== 'metadata') return [];
    return membersNamed(value, 'annotations')
      .flatMap((annotations) => membersNamed(annotations, lastApplied))
      .flatMap((each) => masked(each, noted));
  });
}

function masked(node: JsonNode, by: (text: string) => string): Replacement[] {
  switch (node.kind) {
    case 'array':
      return node.items.flatMap((item) => masked(item, by));
    case 'map':
      return node.members.flatMap(({ value }) => masked(value, by));
    case 'text':
      return [{ start: node.start, end: node.end, by: JSON.stringify(by(node.text)) }];
    case 'scalar':
      return node.source === 'null' ? [] : [{ ...node, by: JSON.stringify(by('')) }];
    default:
      return node satisfies never;
  }
}

function membersNamed(node: JsonNode, name: string): JsonNode[] {
  if (node.kind !== 'map') return [];
  return node.members.filter(({ key }) => key.text === name).map(({ value }) => value);
}

function kindOf(map: JsonMap): string | null {
  const [kind] = membersNamed(map, 'kind');
  return kind?.kind === 'text' ? kind.text : null;
}
