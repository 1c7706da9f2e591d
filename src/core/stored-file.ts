/** One file of a recording as its bytes are stored: encrypted where it is encrypted. */
export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}
