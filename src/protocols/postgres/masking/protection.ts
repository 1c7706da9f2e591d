import { type ColumnMasking, type Mask, redactedText } from '../../../core/masking.ts';
import { assess, type KnownTable, type NameKnowledge } from '../sql/provenance/assess.ts';
import type { Change, Loss } from '../sql/provenance/change.ts';
import type { Item, Named } from '../sql/provenance/shape.ts';
import type { ColumnDescription } from '../wire/backend/row-description.ts';
import type { Catalog } from './catalog.ts';
import { type CatalogColumn, type CatalogRelation, firstUserOid } from './catalog-query.ts';
import { Losses } from './losses.ts';
import { tellingColumnsOf } from './system-columns.ts';
import type { TypeShapes } from './typed/type-shapes.ts';

/** For what is no single column's value, and for what cannot be told. */
export const wholeMask: Mask = {
  strategy: 'redact',
  apply: () => redactedText,
  masksNull: true,
};

/** What one session masks in one reading of the catalog. */
export interface Protection extends NameKnowledge {
  /**
   * The mask for a result column that is a table's; null: it may be seen. Column 0 is the whole
   * row. Undefined for what the catalog does not have.
   */
  maskOf(table: number, column: number): Mask | null | undefined;
  /** Whether the column is computed from its row, so that COPY leaves it out. */
  isGenerated(table: number, column: number): boolean;
  /** OIDs of the database's own types that are text. */
  readonly textTypes: ReadonlySet<number>;
  /** What the database's own types are made of. */
  readonly shapes: TypeShapes;
  /** Whether a view's columns are what they were when the catalog was read. */
  isView(table: number): boolean;
}

/** Follows masked columns to everything that holds their values. */
export function protect(catalog: Catalog, columns: ColumnMasking): Protection {
  const protection = new Masks(catalog, columns);
  protection.close();
  return protection;
}

class Masks implements Protection {
  readonly textTypes: ReadonlySet<number>;
  readonly shapes: TypeShapes;
  readonly #catalog: Catalog;
  readonly #relations: ReadonlyMap<number, CatalogRelation>;
  readonly #byName = new Map<string, CatalogRelation[]>();
  readonly #columns = new Map<number, CatalogColumn[]>();
  readonly #masks = new Map<number, Map<number, Mask>>();
  readonly #masking: ColumnMasking;
  readonly #losses: Losses;
  readonly #functions: ReadonlySet<string>;
  readonly #plainTypes: ReadonlySet<string>;
  readonly #converted: ReadonlySet<string>;
  readonly convertsUnasked: boolean;
  #changed = false;

  constructor(catalog: Catalog, masking: ColumnMasking) {
    this.#catalog = catalog;
    this.#masking = masking;
    this.#relations = new Map(catalog.relations.map((relation) => [relation.oid, relation]));
    for (const relation of catalog.relations) push(this.#byName, relation.name, relation);
    for (const column of catalog.columns) push(this.#columns, column.relation, column);
    for (const list of this.#columns.values()) list.sort((a, b) => a.number - b.number);
    this.textTypes = new Set(catalog.textTypes);
    this.shapes = new Map(catalog.shapes);
    this.#functions = new Set(catalog.functions);
    this.#plainTypes = new Set(catalog.plainTypes);
    this.#converted = new Set(catalog.casts.map(({ type }) => type));
    this.convertsUnasked = catalog.casts.some(({ unasked }) => unasked);
    for (const relation of catalog.relations) this.#begin(relation, masking);
    this.#losses = new Losses({
      ...{ catalog, masking },
      named: (table) => this.#named(table),
      columnsIn: (relation) => this.#columnsIn(relation),
      isMasked: (relation, column) => this.#masks.get(relation)?.has(column) === true,
    });
  }

  maskOf(table: number, column: number): Mask | null | undefined {
    const relation = this.#relations.get(table);
    if (relation === undefined) return undefined;
    if (relation.kind === 't') return column < 0 ? null : wholeMask;
    const masks = this.#masks.get(table);
    if (column === 0) return masks === undefined ? null : wholeMask;
    if (column < 0) return null;
    const mask = masks?.get(column);
    if (mask !== undefined || table < firstUserOid) return mask ?? null;
    const known = this.#columnsIn(table).some(({ number }) => number === column);
    return known ? null : undefined;
  }

  tables(table: Named): readonly KnownTable[] | null {
    const relations = this.#named(table);
    return relations.length === 0 ? null : relations.map((relation) => this.#known(relation));
  }

  isUserFunction(name: string): boolean {
    return this.#functions.has(name);
  }

  isPlainType(name: string): boolean {
    return this.#plainTypes.has(name);
  }

  isConverted(name: string): boolean {
    return this.#converted.has(name);
  }

  loses(change: Change): Loss | null {
    return this.#losses.of(change);
  }

  isRuled(table: Named, column: string | null): boolean {
    if (column === null) return this.#masking.touchesTable(table.schema, table.name);
    return this.#named(table).some(
      ({ schema, name }) => this.#masking.maskFor({ schema, table: name, column }) !== null,
    );
  }

  isGenerated(table: number, column: number): boolean {
    return this.#columnsIn(table).some(({ number, generated }) => generated && number === column);
  }

  isView(table: number): boolean {
    const kind = this.#relations.get(table)?.kind;
    return table >= firstUserOid && (kind === 'v' || kind === 'm');
  }

  /** Until nothing more holds what is masked. */
  close(): void {
    do {
      this.#changed = false;
      for (const { from, to, columns } of this.#catalog.foreignKeys)
        this.#follow(from, to, columns);
      for (const { from, to } of this.#catalog.inherits) {
        this.#follow(from, to, this.#sameNames(from, to));
        this.#follow(to, from, this.#sameNames(to, from));
      }
      for (const column of this.#catalog.columns) this.#derive(column);
      for (const relation of this.#using()) this.#look(relation);
    } while (this.#changed);
  }

  #begin({ oid, schema, name }: CatalogRelation, masking: ColumnMasking): void {
    const telling = tellingColumnsOf(schema, name);
    for (const column of this.#columnsIn(oid)) {
      if (telling?.has(column.name) === true) this.#mask(oid, column.number, wholeMask);
    }
    if (oid < firstUserOid || !masking.touchesTable(schema, name)) return;
    for (const column of this.#columnsIn(oid)) {
      const mask = masking.maskFor({ schema, table: name, column: column.name });
      if (mask !== null) this.#mask(oid, column.number, mask);
    }
  }

  #named({ schema, name }: Named): readonly CatalogRelation[] {
    if (name === '*') {
      return this.#catalog.relations.filter((each) => schema === null || each.schema === schema);
    }
    const all = this.#byName.get(name) ?? [];
    if (schema === null) return all;
    if (schema === 'pg_temp') return all.filter((each) => each.schema.startsWith('pg_temp_'));
    return all.filter((each) => each.schema === schema);
  }

  #known({ oid, kind }: CatalogRelation): KnownTable {
    if (kind === 't') return { masked: toast, columns: toast };
    const masks = this.#masks.get(oid);
    if (masks === undefined) return unmasked;
    const columns = this.#columnsIn(oid);
    const masked = columns.filter(({ number }) => masks.has(number));
    return { masked: names(masked), columns: names(columns) };
  }

  #columnsIn(relation: number): readonly CatalogColumn[] {
    return this.#columns.get(relation) ?? [];
  }

  #mask(relation: number, column: number, mask: Mask): void {
    const masks = this.#masks.get(relation) ?? new Map<number, Mask>();
    if (masks.has(column)) return;
    this.#masks.set(relation, masks.set(column, mask));
    this.#changed = true;
  }

  #follow(from: number, to: number, columns: readonly (readonly [number, number])[]): void {
    const masks = this.#masks.get(from);
    if (masks === undefined) return;
    for (const [number, other] of columns) {
      const mask = masks.get(number);
      if (mask !== undefined) this.#mask(to, other, mask);
    }
  }

  #sameNames(from: number, to: number): readonly (readonly [number, number])[] {
    const others = new Map(this.#columnsIn(to).map(({ name, number }) => [name, number]));
    return this.#columnsIn(from).flatMap(({ name, number }) => {
      const other = others.get(name);
      return other === undefined ? [] : [[number, other] as const];
    });
  }

  /** Generated from its row, or holding whole rows of a relation with masked columns. */
  #derive({ relation, number, generated, rowsOf }: CatalogColumn): void {
    if (generated && this.#masks.has(relation)) this.#mask(relation, number, wholeMask);
    if (rowsOf !== 0 && this.#masks.has(rowsOf)) this.#mask(relation, number, wholeMask);
  }

  /** Relations with a rule that reads something masked or a setting, or runs a function of somebody's. */
  #using(): ReadonlySet<number> {
    const found = new Set<number>();
    for (const { relation, uses } of this.#catalog.uses) {
      if (uses === relation) continue;
      if (uses === null || this.#masks.has(uses) || !this.#relations.has(uses)) found.add(relation);
    }
    for (const [relation, { shape }] of this.#catalog.readings) {
      if (shape?.items.some(readsSetting) === true) found.add(relation);
    }
    return found;
  }

  #look(relation: number): void {
    const reading = this.#catalog.readings.get(relation);
    // A rule other than a view's may answer with anything under the relation's own names.
    const ruled = this.#catalog.uses.some((use) => use.relation === relation && !use.isView);
    const fields = ruled ? null : (reading?.columns ?? null);
    const assessment = reading?.shape ? assess(reading.shape, this) : null;
    const columns = this.#columnsIn(relation);
    for (const [index, column] of columns.entries()) {
      const field = fields?.length === columns.length ? fields[index] : undefined;
      const proven = assessment?.proves(index, columns.length, field?.name ?? '') === true;
      const mask = field === undefined ? wholeMask : this.#origin(field, proven);
      if (mask !== null) this.#mask(relation, column.number, mask);
    }
  }

  #origin({ tableOid, columnNumber }: ColumnDescription, proven: boolean): Mask | null {
    if (tableOid === 0) return proven ? null : wholeMask;
    const mask = this.maskOf(tableOid, columnNumber);
    return mask === undefined ? wholeMask : mask;
  }
}

const toast: ReadonlySet<string> = new Set(['chunk_data']);
const unmasked: KnownTable = { masked: new Set(), columns: new Set() };

/** Of a setting that anybody may set. */
function readsSetting(item: Item): boolean {
  return item.kind === 'call' && item.name === 'current_setting' && !item.builtin;
}

function names(columns: readonly CatalogColumn[]): ReadonlySet<string> {
  return new Set(columns.map(({ name }) => name));
}

function push<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
