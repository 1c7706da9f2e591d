import type { DocumentNode, SelectionSetNode } from 'graphql/language/ast.js';
import { parse } from 'graphql/language/parser.js';
import type { GraphqlFacts } from '../../core/facts.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { QueryPair } from './wire/query.ts';

export type GraphqlReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'read'; readonly facts: GraphqlFacts }
  /** Something that would run, and nobody here can say what. */
  | { readonly kind: 'unknown' };

/** Where a request may carry documents (GraphQL over HTTP; batches as common servers take them). */
export interface GraphqlCarrier {
  readonly pairs: readonly QueryPair[];
  readonly json: JsonValue | undefined;
  /** Of a body of type application/graphql. */
  readonly document: string | null;
}

const maxTokens = 10_000;
const maxDocuments = 100;

export function readGraphql(carrier: GraphqlCarrier): GraphqlReading {
  const found = carriedDocuments(carrier);
  if (found === null || found.length > maxDocuments) return { kind: 'unknown' };
  if (found.length === 0) return { kind: 'none' };
  try {
    const documents = found.map((text) => parse(text, { noLocation: true, maxTokens }));
    return { kind: 'read', facts: factsOf(documents) };
  } catch {
    return { kind: 'unknown' };
  }
}

/** Null where a document is meant that the request does not hold: a persisted one. */
function carriedDocuments({ pairs, json, document }: GraphqlCarrier): readonly string[] | null {
  const documents = pairs.filter(({ name }) => name === 'query').map(({ value }) => value);
  if (document !== null) documents.push(document);
  for (const entry of Array.isArray(json) ? json : [json]) {
    if (!isObject(entry)) continue;
    if (typeof entry.query === 'string') documents.push(entry.query);
    else if (namesStoredDocument(Object.keys(entry))) return null;
  }
  const stored = namesStoredDocument(pairs.map(({ name }) => name));
  return documents.length === 0 && stored ? null : documents;
}

function namesStoredDocument(names: readonly string[]): boolean {
  return ['extensions', 'operationName', 'documentId', 'query'].some((name) =>
    names.includes(name),
  );
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function factsOf(documents: readonly DocumentNode[]): GraphqlFacts {
  const types = new Set<GraphqlFacts['types'][number]>();
  const names = new Set<string>();
  const fields = new Set<string>();
  for (const document of documents) {
    for (const definition of document.definitions) {
      if (definition.kind !== 'OperationDefinition') continue;
      types.add(definition.operation);
      if (definition.name !== undefined) names.add(definition.name.value);
      addRootFields(definition.selectionSet, document, fields, new Set());
    }
  }
  if (types.size === 0) throw new Error('the document has no operation');
  return { types: [...types], names: [...names], fields: [...fields] };
}

function addRootFields(
  { selections }: SelectionSetNode,
  document: DocumentNode,
  fields: Set<string>,
  spread: Set<string>,
): void {
  for (const selection of selections) {
    if (selection.kind === 'Field') fields.add(selection.name.value);
    else if (selection.kind === 'InlineFragment') {
      addRootFields(selection.selectionSet, document, fields, spread);
    } else if (!spread.has(selection.name.value)) {
      spread.add(selection.name.value);
      addRootFields(fragment(document, selection.name.value), document, fields, spread);
    }
  }
}

function fragment({ definitions }: DocumentNode, name: string): SelectionSetNode {
  for (const definition of definitions) {
    if (definition.kind === 'FragmentDefinition' && definition.name.value === name) {
      return definition.selectionSet;
    }
  }
  throw new Error(`the document has no fragment ${name}`);
}
