import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLoopback } from '../../src/core/loopback.ts';

describe('isLoopback', () => {
  it.each([
    '127.0.0.1.example.com',
    'localhost.example.com',
    'app.localhost',
    'localhost.',
    'notlocalhost',
    'localho\u017ft',
    ' localhost',
    'localhost\n',
  ])('takes the name %j for any other name', (host) => {
    expect(isLoopback(host)).toBe(false);
  });

  it.each([
    '',
    '[]',
    '0.0.0.0',
    '128.0.0.1',
    '10.0.0.1',
    '1127.0.0.1',
    '127.0.0.1\n',
    '127.0.0.256',
    '127.0.0.01',
    '127.0.0',
    '127.1',
    '127.0.0.1.1',
    '2130706433',
    '0x7f000001',
    '127.0.0.1:80',
    '127.0.0.1/8',
    '127.0.0.1@10.0.0.1',
  ])('refuses %j, which is no address of 127.0.0.0/8', (host) => {
    expect(isLoopback(host)).toBe(false);
  });

  it.each([
    '::',
    '::2',
    '1::1',
    'fe80::1',
    '::1:1',
    '::ffff:10.0.0.1',
    '::ffff:128.0.0.1',
    '::ffff:0:127.0.0.1',
    '::127.0.0.1',
    '64:ff9b::127.0.0.1',
    '::ffff:127.0.0.1.example.com',
    '::1]@[::2',
    '::1]/[::1',
    '[[::1]]',
    '::1%eth0',
    '0:0:0:0:0:0:0:0:1',
  ])('refuses %j, which is no loopback address of IPv6', (host) => {
    expect(isLoopback(host)).toBe(false);
  });

  it.each([
    'localhost',
    'LocalHost',
    '127.0.0.1',
    '127.0.0.0',
    '127.255.255.255',
    '127.1.20.3',
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
    '0000::0001',
    '::0.0.0.1',
    '::ffff:127.0.0.1',
    '[::FFFF:127.9.8.7]',
    '::ffff:7f00:1',
    '::FFFF:7FFF:ffff',
    '0:0:0:0:0:ffff:127.0.0.1',
    '0000:0000:0000:0000:0000:ffff:7f00:0001',
  ])('knows %j as this machine', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it('agrees with the address ranges of Node for every address', () => {
    const ranges = new BlockList();
    ranges.addSubnet('127.0.0.0', 8, 'ipv4');
    ranges.addAddress('::1', 'ipv6');
    const near = fc
      .tuple(fc.constantFrom('', '::ffff:', '::', '0:0:0:0:0:FFFF:'), fc.nat(1), fc.ipV4())
      .map(([head, here, v4]) => head + (here ? v4.replace(/^\d+/, '127') : v4));
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), near), (address) => {
        const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
        return isLoopback(address) === ranges.check(address, family);
      }),
    );
  });
});
