/** Of an esbuild metafile. */
interface Metafile {
  readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, object>> }>>;
}

/** Throws for a package that comes without the text of its licence. */
export function noticesOf(root: string, metafiles: readonly Metafile[]): string;
