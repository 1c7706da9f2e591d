/** What is wrong with a log. */
export interface Finding {
  /** `gap`: something is missing. `tampered`: something is there that contradicts the rest. */
  readonly kind: 'tampered' | 'gap';
  /** The record that it is about; null when it is about none of them alone. */
  readonly seq: number | null;
  readonly problem: string;
}

export function tampered(seq: number | null, problem: string): Finding {
  return { kind: 'tampered', seq, problem };
}

export function gap(seq: number | null, problem: string): Finding {
  return { kind: 'gap', seq, problem };
}
