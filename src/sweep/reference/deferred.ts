/** A value that one task gives and others wait for; the first one given counts. */
export class Deferred<T> {
  private settle: ((value: T) => void) | null = null;
  readonly value: Promise<T>;

  constructor() {
    this.value = new Promise((resolve) => {
      this.settle = resolve;
    });
  }

  resolve(value: T): void {
    this.settle?.(value);
  }
}
