/** Non-ASCII spaces (RFC 3454, C.1.2) become a plain one. */
const spaces = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu;
/** Commonly mapped to nothing (RFC 3454, B.1). */
const nothing =
  /[\u00ad\u1806\u2060\ufeff]|\u034f|[\u180b-\u180d]|[\u200c\u200d]|[\ufe00-\ufe0f]/gu;
/** Prohibited (RFC 4013, 2.3): controls, private use, non-characters, surrogates, tags. */
const prohibited =
  /[\p{Cc}\p{Co}\p{Cs}\u06dd\u070f\u180e\u2028\u2029\u206a-\u206f\ufff9-\uffff\u200e\u200f\u202a-\u202e\u2ff0-\u2ffb]|[\u0340\u0341]|\p{Noncharacter_Code_Point}|[\u{e0001}\u{e0020}-\u{e007f}]/u;

/**
 * SASLprep (RFC 4013) as PostgreSQL applies it: a password that it prohibits is used as it
 * is. Not checked: bidirectional text and code points unassigned in Unicode 3.2, for which the
 * server also falls back to the bytes as they are.
 */
export function preparePassword(password: string): string {
  const mapped = password.replace(spaces, ' ').replace(nothing, '');
  const normal = mapped.normalize('NFKC');
  return normal === '' || prohibited.test(normal) ? password : normal;
}
