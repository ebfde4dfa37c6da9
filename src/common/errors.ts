/**
 * Every failure that a person may see. The classes are sorted by what a person does next; the code is stable and
 * listed in the README, the message says what and where, `nextStep` says what now.
 */
export abstract class IsinglassError extends Error {
  /** HTTP status of the problem+json answer. */
  abstract readonly status: number;
  /** May the same step be tried again by itself? */
  readonly mayRetry: boolean = false;

  constructor(
    readonly code: string,
    message: string,
    readonly nextStep: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The other side is busy, down or slow: trying again later may help. */
export class TryLaterError extends IsinglassError {
  override readonly status = 503;
  override readonly mayRetry = true;
  /** How long the other side asked us to wait, if it did. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: string,
    message: string,
    nextStep: string,
    options?: { cause?: unknown; retryAfterMs?: number },
  ) {
    super(code, message, nextStep, options);
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** The publisher's files or addresses are not what our source expects: code or configuration must follow. */
export class PublisherChangedError extends IsinglassError {
  override readonly status = 502;
}

/** The edition was read, and is not fit to be published. */
export class EditionRefusedError extends IsinglassError {
  override readonly status = 422;
}

/** What was asked for does not exist. */
export class NotFoundError extends IsinglassError {
  override readonly status = 404;
}

/** The state of the house forbids it now: something else runs, or somebody else owns it. */
export class ConflictError extends IsinglassError {
  override readonly status = 409;
}

/** The question itself is wrong. */
export class BadRequestError extends IsinglassError {
  override readonly status = 400;
}

/** The house is set up wrongly, or its machine does not give what it needs. */
export class ConfigurationError extends IsinglassError {
  override readonly status = 500;
}

/** The one who asks may not. */
export class NotAllowedError extends IsinglassError {
  override readonly status = 403;
}

/** Who asks is not known: no sign-in, no key, or one that opens nothing. */
export class NotSignedInError extends IsinglassError {
  override readonly status = 401;
}

/** Asked too often; it is known when to ask again. */
export class TooManyError extends IsinglassError {
  override readonly status = 429;
  readonly retryAfterMs: number;

  constructor(code: string, message: string, nextStep: string, options: { retryAfterMs: number }) {
    super(code, message, nextStep);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** This way of asking is answered nowhere. */
export class MethodRefusedError extends IsinglassError {
  override readonly status = 405;
}
