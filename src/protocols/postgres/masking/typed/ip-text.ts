const ipv4Form = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const groupForm = /^[0-9a-f]{1,4}$/;
const groupCount = 8;

export function readIpv4(text: string): Buffer | null {
  if (!ipv4Form.test(text)) return null;
  const bytes = text.split('.').map(Number);
  return bytes.every((byte) => byte <= 0xff) ? Buffer.from(bytes) : null;
}

/** RFC 4291, section 2.2, in the three forms that it gives. */
export function readIpv6(text: string): Buffer | null {
  const [before = [], after, ...more] = text.split('::').map(groupsOf);
  if (more.length > 0) return null;
  const missing = groupCount - before.length - (after?.length ?? 0);
  if (after === undefined ? missing !== 0 : missing < 1) return null;
  const zeros = Array.from({ length: missing }, () => '0');
  const groups = [...before, ...zeros, ...(after ?? [])];
  if (!groups.every((group) => groupForm.test(group))) return null;
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

/** In full: no zeros are left out. */
export function ipv6Text(address: Buffer): string {
  return address.toString('hex').replace(/.{4}(?=.)/g, '$&:');
}

function groupsOf(text: string): string[] {
  if (text === '') return [];
  const groups = text.split(':');
  const last = readIpv4(groups.at(-1) ?? '');
  if (last === null) return groups;
  return [...groups.slice(0, -1), last.toString('hex', 0, 2), last.toString('hex', 2)];
}
