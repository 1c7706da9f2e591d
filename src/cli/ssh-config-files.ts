import { rm } from 'node:fs/promises';
import { userInfo } from 'node:os';
import type { ClientEnvironment } from '../config/client-environment.ts';
import { removeKnownHosts, sshConfigFile, writeKnownHosts } from '../config/client-ssh-files.ts';
import { writePrivateFile } from '../config/private-file.ts';
import { installInclude, removeInclude, userSshConfig } from '../config/ssh-include.ts';

/** The files that `hoopx ssh-config` writes for a profile. */
export function sshConfigFiles({ paths, home }: ClientEnvironment, profile: string) {
  const file = sshConfigFile(paths, profile);
  const userFile = userSshConfig(home);
  // ssh asks the system for the folder, and HOME not at all.
  const actual = userSshConfig(userInfo().homedir);
  return {
    file,
    userFile,
    elsewhere: actual === userFile ? null : actual,
    write: (text: string) => writePrivateFile(file, text),
    writeKnownHosts,
    install: (line: string) => installInclude(userFile, line),
    async remove(line: string) {
      await rm(file, { force: true });
      await removeKnownHosts(paths);
      return removeInclude(userFile, line);
    },
  };
}
