import { type Judge, strange } from './call.ts';
import { riskyOption } from './options.ts';

/** Options that name a program to start, or that hide further options. */
const table: Readonly<
  Record<string, { readonly short?: string; readonly long?: readonly string[] }>
> = {
  sort: { long: ['compress-program', 'files0-from'] },
  split: { long: ['filter'] },
  install: { short: 's', long: ['strip', 'strip-program'] },
  zip: { short: 'T', long: ['test', 'unzip-command'] },
  rg: { short: 'z', long: ['pre', 'hostname-bin', 'search-zip'] },
  fd: { short: 'xX', long: ['exec', 'exec-batch'] },
  fdfind: { short: 'xX', long: ['exec', 'exec-batch'] },
  wget: { short: 'e', long: ['use-askpass', 'execute', 'config'] },
  curl: { short: 'K', long: ['config', 'engine', 'proxy-key'] },
  apt: { short: 'oc', long: ['option', 'config-file'] },
  'apt-get': { short: 'oc', long: ['option', 'config-file'] },
  'apt-cache': { short: 'oc', long: ['option', 'config-file'] },
  dpkg: { long: ['pre-invoke', 'post-invoke', 'root', 'instdir', 'admindir', 'status-logger'] },
  yum: { short: 'c', long: ['config', 'setopt', 'installroot', 'plugins'] },
  dnf: { short: 'c', long: ['config', 'setopt', 'installroot', 'plugins'] },
  rpm: { short: 'DE', long: ['define', 'eval', 'pipe', 'macros', 'rcfile', 'load', 'root'] },
  iptables: { short: 'M', long: ['modprobe'] },
  ip6tables: { short: 'M', long: ['modprobe'] },
  'ssh-keygen': { short: 'DwM' },
  'ssh-add': { short: 'sS' },
  mount: { short: 't', long: ['types'] },
};

/** How its old style, without a dash, and each later cluster may start something. */
const startsTar = /[IFT]/;
const longOfTar = [
  ...['use-compress-program', 'to-command', 'checkpoint-action', 'info-script', 'rmt-command'],
  ...['new-volume-script', 'rsh-command', 'files-from', 'exclude-from'],
];

const tar: Judge = (call) => {
  const option = riskyOption(call.args, { short: 'IFT', long: longOfTar });
  const first = call.args[0]?.exact ?? '';
  if (option !== null) strange(call, option);
  else if (!first.startsWith('-') && startsTar.test(first)) strange(call, first);
  else if (call.args.some(({ text }) => /^(?:--[\w-]+=)?[^/]*:/.test(text))) {
    call.out.opaque(`${call.name} may read or write an archive on another host`);
  }
};

/** Programs that are plain without some options. */
export const riskyPrograms: readonly [string, Judge][] = [
  ...Object.entries(table).map(([name, risky]): [string, Judge] => [
    name,
    (call) => {
      const option = riskyOption(call.args, risky);
      if (option !== null) strange(call, option);
    },
  ]),
  ['tar', tar],
  ['bsdtar', tar],
];
