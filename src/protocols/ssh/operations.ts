import type { SshDecidable } from '../../core/operation.ts';

/** What rules see of a command that a client asks to run. */
export function commandDecidable(text: string): SshDecidable {
  return {
    protocol: 'ssh',
    facts: {
      protocol: 'ssh',
      kinds: ['exec'],
      classes: ['unknown'],
      commands: [],
      paths: [],
      forward: [],
      hosts: [],
      sudo: false,
      redirects: false,
      substitutions: false,
      pty: false,
      environment: [],
    },
    text,
    summary: text,
  };
}
