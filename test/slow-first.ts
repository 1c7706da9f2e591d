import path from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest, the longest first: begun last, one worker would end long after the others. */
export const slow = [
  'test/peers/dev.test.ts',
  'test/protocols/ssh/shell/real-shells.test.ts',
  'test/protocols/postgres/sql/effects.test.ts',
  'test/peers/survival-load.test.ts',
  'test/peers/http-memory.test.ts',
  'test/peers/survival-crash.test.ts',
  'test/peers/survival-login.test.ts',
  'test/protocols/postgres/masking/copy.test.ts',
];

export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const { root } = this.ctx.config;
    const rank = ({ moduleId }: TestSpecification) => {
      const place = slow.indexOf(path.relative(root, moduleId));
      return place === -1 ? slow.length : place;
    };
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
