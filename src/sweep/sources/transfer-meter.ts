/** Rates are taken over the last seconds, so that a pause or another network shows soon. */
const WINDOW_MS = 15_000;

/** How far a transfer is. */
export interface TransferProgress {
  /** Bytes got by this transfer. */
  readonly bytes: number;
  /** Bytes that there are to get. */
  readonly totalBytes: number;
  /** Null until there is something to measure. */
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
}

/** Follows a transfer of several contents, each of which may start in the middle or over again. */
export class TransferMeter {
  private readonly now: () => number;
  private readonly totalBytes: number;
  private readonly onDisk: Map<string, number>;
  private samples: { readonly at: number; readonly bytes: number }[];
  private bytes = 0;

  /**
   * @param params.contents name -> bytes of a content, and those of them still missing
   * @param params.now milliseconds
   */
  constructor(params: {
    readonly contents: ReadonlyMap<string, { readonly size: number; readonly missing: number }>;
    readonly now: () => number;
  }) {
    this.now = params.now;
    this.onDisk = new Map([...params.contents].map(([name, { size, missing }]) => [name, size - missing]));
    this.totalBytes = [...params.contents.values()].reduce((sum, { missing }) => sum + missing, 0);
    this.samples = [{ at: params.now(), bytes: 0 }];
  }

  /** Says how many bytes of a content are on disk now. */
  set(name: string, bytes: number): void {
    this.bytes += bytes - (this.onDisk.get(name) ?? 0);
    this.onDisk.set(name, bytes);
    this.samples.push({ at: this.now(), bytes: this.bytes });
  }

  /** How far it is now. */
  progress(): TransferProgress {
    const at = this.now();
    const recent = this.samples.findIndex((sample) => at - sample.at <= WINDOW_MS);
    // One sample before the window stays: the rate is taken from there.
    this.samples.splice(0, Math.max(0, recent - 1));
    const from = this.samples[0];
    const seconds = from === undefined ? 0 : (at - from.at) / 1000;
    const gained = from === undefined ? 0 : this.bytes - from.bytes;
    const bytes = Math.max(0, this.bytes);
    const bytesPerSecond = seconds > 0 && gained > 0 ? gained / seconds : null;
    return {
      bytes,
      totalBytes: this.totalBytes,
      bytesPerSecond,
      secondsLeft: bytesPerSecond === null ? null : Math.max(0, this.totalBytes - bytes) / bytesPerSecond,
    };
  }
}
