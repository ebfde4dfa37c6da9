/** The only way to ask for the time, so that tests can move it. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

/** Injection token of the {@link Clock}. */
export const CLOCK = Symbol('Clock');
