import type { ScalarMask } from '../../../../core/scalar-mask.ts';
import type { FormatCode } from '../../wire/format-code.ts';
import { ipv6Text, readIpv4, readIpv6 } from './ip-text.ts';
import { type MaskedValue, textOf, written } from './masked-value.ts';

/** `PGSQL_AF_INET` and `PGSQL_AF_INET6`. */
const [familyOf4, familyOf6] = [2, 3];
const headerBytes = 4;
const macForm = /^[0-9a-f]{2}(?::[0-9a-f]{2})+$/;

/** Another address of the same family, with as many bits of network. */
export function inetValue(mask: ScalarMask, format: FormatCode, isNetwork: boolean): MaskedValue {
  const masked = (address: Buffer, bits: number) => {
    const made = mask.address(address.length === 4 ? 'ipv4' : 'ipv6', address);
    return isNetwork ? networkOf(made, bits) : made;
  };
  if (format === 1) {
    return (value) => {
      const address = value.subarray(headerBytes);
      const [family, bits = 0, , count] = value;
      const size = family === familyOf4 ? 4 : family === familyOf6 ? 16 : -1;
      if (address.length !== size || count !== size || bits > size * 8) return null;
      return Buffer.concat([value.subarray(0, headerBytes), masked(address, bits)]);
    };
  }
  return (value) => {
    const [host = '', bits] = textOf(value).split('/');
    const address = readIpv4(host) ?? readIpv6(host);
    if (address === null || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return null;
    const made = masked(address, bits === undefined ? address.length * 8 : Number(bits));
    const text = made.length === 4 ? made.join('.') : ipv6Text(made);
    return written(bits === undefined ? text : `${text}/${bits}`);
  };
}

export function macValue(size: 6 | 8, mask: ScalarMask, format: FormatCode): MaskedValue {
  const kind = size === 6 ? 'mac' : 'mac8';
  if (format === 1) return (value) => (value.length === size ? mask.address(kind, value) : null);
  return (value) => {
    const text = textOf(value);
    const address = Buffer.from(text.replaceAll(':', ''), 'hex');
    if (!macForm.test(text) || address.length !== size) return null;
    return written(
      mask
        .address(kind, address)
        .toString('hex')
        .replace(/..(?=.)/g, '$&:'),
    );
  };
}

/** Without the bits of hosts, which a network does not have. */
function networkOf(address: Buffer, bits: number): Buffer {
  const network = Buffer.from(address);
  for (let at = 0; at < network.length; at += 1) {
    const kept = Math.min(8, Math.max(0, bits - at * 8));
    network[at] = (network[at] ?? 0) & (0xff << (8 - kept));
  }
  return network;
}
