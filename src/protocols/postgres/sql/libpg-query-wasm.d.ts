/** PostgreSQL's parser compiled to WebAssembly, below the package's own wrapper. */
declare module 'libpg-query/wasm/libpg-query.js' {
  export interface PgQueryModule {
    /** Replaced when the memory grows: never keep it. */
    readonly HEAPU8: Uint8Array;
    readonly HEAPU32: Uint32Array;
    _malloc(size: number): number;
    _free(pointer: number): void;
    /** Pointer to { tree: char*, stderr: char*, error: { message: char*, …, cursorpos }* }. */
    _wasm_parse_query_raw(text: number): number;
    _wasm_free_parse_result(result: number): void;
    /** Pointer to JSON, or to an error message. */
    _wasm_scan(text: number): number;
    _wasm_free_string(pointer: number): void;
    UTF8ToString(pointer: number): string;
  }

  const create: () => Promise<PgQueryModule>;
  export default create;
}
