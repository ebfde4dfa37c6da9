/** Lets so many at once, and the others wait for their turn in the order in which they came. */
export class Turns {
  private atWork = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly most: number,
    private readonly mostWaiting: number,
    private readonly tooMany: () => Error,
  ) {}

  /** @throws what `tooMany` makes, when as many wait as may */
  async take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.atWork >= this.most) {
      if (this.waiting.length >= this.mostWaiting) throw this.tooMany();
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else {
      this.atWork += 1;
    }
    try {
      return await work();
    } finally {
      // Who waits takes over the place.
      const next = this.waiting.shift();
      if (next === undefined) this.atWork -= 1;
      else next();
    }
  }
}
