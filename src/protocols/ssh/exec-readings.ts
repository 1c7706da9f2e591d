import { type ChannelSetting, type ReadExec, readExec } from './operations.ts';

const maxReadings = 64;
const maxKeptBytes = 4 * 1024;

/**
 * What one client's commands have been read as: the same bytes in the same setting say the same,
 * and clients repeat themselves. The oldest goes first.
 */
export class ExecReadings {
  readonly #readings = new Map<string, ReadExec>();

  read(bytes: Buffer, setting: ChannelSetting): ReadExec {
    const { terminal, environment } = setting;
    const key = JSON.stringify([bytes.toString('latin1'), terminal, environment]);
    const known = this.#readings.get(key);
    if (known !== undefined) return known;
    const reading = readExec(bytes, setting);
    if (key.length <= maxKeptBytes) this.#keep(key, reading);
    return reading;
  }

  #keep(key: string, reading: ReadExec): void {
    const [oldest] = this.#readings.keys();
    if (this.#readings.size >= maxReadings && oldest !== undefined) this.#readings.delete(oldest);
    this.#readings.set(key, reading);
  }
}
