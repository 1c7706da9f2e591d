/**
 * A map that may be a Secret, as far as has been read. One says so by its `kind`, the first where
 * it is repeated; or it is within a SecretList, or comes from where Secrets are. The kind may come
 * behind what it is about.
 */
export class KubernetesObject {
  readonly #above: KubernetesObject | boolean;
  /** Null: it says none. Undefined: it may yet come. */
  #kind: string | null | undefined;
  #presumed = false;

  /** @param above the map around it, or whether it comes from where Secrets are */
  constructor(above: KubernetesObject | boolean) {
    const within = typeof above === 'boolean' ? above : above.#passesOn;
    this.#above = typeof within === 'boolean' ? within : above;
  }

  /** Its kind, or, once it is over, that it has none. What was said first holds. */
  says(kind: string | null): void {
    if (this.#kind === undefined) this.#kind = kind;
  }

  /**
   * What it is can be waited for no longer: it is taken for a Secret, and all within it that does
   * not say to be something else. False where it is known, or has been presumed.
   */
  presume(): boolean {
    if (this.#kind !== undefined || this.#presumed) return false;
    this.#presumed = true;
    return true;
  }

  /** Undefined: that is not known yet. */
  get isSecret(): boolean | undefined {
    const within = this.#within;
    if (within === true || this.#kind === 'Secret') return true;
    if (this.#kind === undefined) return this.#presumed ? true : undefined;
    if (within === 'presumed') return this.#kind === null;
    return within;
  }

  get #within(): Within {
    return typeof this.#above === 'boolean' ? this.#above : this.#above.#passesOn;
  }

  /** Whether what is within is a Secret, whatever it says itself. */
  get #passesOn(): Within {
    const within = this.#within;
    if (within === true || this.#kind === 'SecretList') return true;
    if (this.#kind === undefined) return this.#presumed ? 'presumed' : undefined;
    if (within === 'presumed')
      return this.#kind === null || this.#kind === 'Secret' ? within : false;
    return within;
  }
}

/** Presumed: unless it says to be something else. */
type Within = boolean | 'presumed' | undefined;
