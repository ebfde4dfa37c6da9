import { Catch, Logger, type ArgumentsHost, type ExceptionFilter, HttpException } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import {
  BadRequestError,
  ConfigurationError,
  IsinglassError,
  TooManyError,
  TryLaterError,
} from '../../common/errors.js';
import { explainDatabaseError } from '../../database/database-errors.js';
import { Refusals } from '../refusals.js';
import '../request-principal.js';
import { sendFailure } from './page.js';

/** Where somebody goes on who came too early. */
const WAYS: Readonly<Record<string, string>> = {
  SIGN_IN_NEEDED: '/sign-in',
  SECOND_FACTOR_NEEDED: '/account/second-factor',
};

/** Turns whatever a page threw into a page: in the words of the error, or with a number to look up in the log. */
@Catch()
export class PageFilter implements ExceptionFilter {
  private readonly logger = new Logger('Pages');

  constructor(private readonly refusals: Refusals) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const error = this.told(thrown);
    void this.refusals.tell(error, request);
    const way = WAYS[error.code];
    if (way !== undefined) {
      const next =
        request.method === 'GET' && way === '/sign-in'
          ? `?next=${encodeURIComponent(request.originalUrl)}`
          : '';
      response.redirect(303, `${way}${next}`);
      return;
    }
    if (
      error instanceof TooManyError ||
      (error instanceof TryLaterError && error.retryAfterMs !== undefined)
    ) {
      response.setHeader('Retry-After', String(Math.ceil((error.retryAfterMs ?? 0) / 1000)));
    }
    sendFailure(response, error, request.session?.person);
  }

  private told(thrown: unknown): IsinglassError {
    const error = explainDatabaseError(thrown);
    // The ways out of the API's errors are the API's.
    if (error instanceof IsinglassError && error.code === 'REQUEST_INVALID')
      return notAsExpected(error.message);
    if (error instanceof IsinglassError) return error;
    if (error instanceof HttpException && error.getStatus() < 500) {
      return notAsExpected('the form was not filled in as expected');
    }
    const number = randomUUID();
    this.logger.error(`${number} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return new ConfigurationError(
      'UNEXPECTED',
      'something went wrong that we did not foresee',
      `The log of the process has the details, under ${number}.`,
    );
  }
}

const notAsExpected = (message: string): BadRequestError =>
  new BadRequestError('REQUEST_INVALID', message, 'Go back, and try again.');
