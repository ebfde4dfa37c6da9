import {
  Catch,
  HttpException,
  HttpStatus,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { BadRequestError, IsinglassError, TooManyError, TryLaterError } from '../../common/errors.js';
import { Refusals } from '../../auth/refusals.js';
import '../../auth/request-principal.js';
import { sendFailure } from '../../auth/pages/page.js';
import { masked } from '../../common/secrets.js';
import { explainDatabaseError } from '../../database/database-errors.js';
import type { FieldError, Problem } from './problem.js';

/** What a client is told to wait where nobody said how long. */
const RETRY_AFTER_SECONDS = 5;

/** A request whose fields are wrong, each with its reason. */
export class InvalidRequestError extends BadRequestError {
  constructor(readonly errors: readonly FieldError[]) {
    super(
      'REQUEST_INVALID',
      errors
        .map(({ field, message }) => (message.startsWith(field) ? message : `${field}: ${message}`))
        .join('; '),
      'Correct the fields named in "errors"; /docs shows what is expected.',
    );
  }
}

/** Turns whatever was thrown into a problem. What we did not foresee is logged whole and told in no detail. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Api');

  constructor(private readonly refusals: Refusals) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    // What TypeORM throws has not passed `Database`.
    const error = explainDatabaseError(thrown);
    void this.refusals.tell(error, request);
    const problem = problemOf(error, request.originalUrl);
    if (problem.code === 'UNEXPECTED') {
      this.logger.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    if (response.headersSent) {
      response.end();
      return;
    }
    if (error instanceof TryLaterError) {
      const seconds = error.retryAfterMs === undefined ? RETRY_AFTER_SECONDS : error.retryAfterMs / 1000;
      response.setHeader('Retry-After', String(Math.ceil(seconds)));
    }
    if (error instanceof TooManyError) {
      response.setHeader('Retry-After', String(Math.ceil(error.retryAfterMs / 1000)));
    }
    if (isForPeople(request)) {
      const person = request.principal?.kind === 'person' ? request.principal : undefined;
      const { code, detail: message, nextStep, status } = problem;
      sendFailure(response, { code, message, nextStep, status }, person);
      return;
    }
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  }
}

/** Somebody looks at it in a browser, and it is none of the addresses that programs ask. */
function isForPeople(request: Request): boolean {
  return (
    request.method === 'GET' &&
    !/^\/(v1|health|admin\/api|docs\/openapi)\b/.test(request.originalUrl) &&
    request.accepts(['json', 'html']) === 'html'
  );
}

function problemOf(error: unknown, instance: string): Problem {
  if (error instanceof IsinglassError) {
    return {
      ...problem(error.code, error.status, error.message, error.nextStep, instance),
      ...(error instanceof InvalidRequestError && {
        errors: error.errors.map(({ field, message }) => ({
          field: masked(field),
          message: masked(message),
        })),
      }),
    };
  }
  if (error instanceof HttpException) return problemOfHttp(error, instance);
  return problem(
    'UNEXPECTED',
    HttpStatus.INTERNAL_SERVER_ERROR,
    'something went wrong that we did not foresee',
    'The log of the process has the details; please report them.',
    instance,
  );
}

function problemOfHttp(error: HttpException, instance: string): Problem {
  const status = error.getStatus();
  if (status === 404) {
    return problem('ROUTE_UNKNOWN', status, error.message, 'See /docs for what there is.', instance);
  }
  if (status === 413) {
    return problem('BODY_TOO_LARGE', status, error.message, 'Send the request in smaller pieces.', instance);
  }
  return problem('REQUEST_INVALID', status, error.message, 'See /docs for what is expected.', instance);
}

function problem(code: string, status: number, detail: string, nextStep: string, instance: string): Problem {
  const words = code.charAt(0) + code.slice(1).toLowerCase().replaceAll('_', ' ');
  const title = words.replace(/\b(isin|api|url|json|csv|lei|mic)\b/gi, (word) => word.toUpperCase());
  return {
    type: `urn:isinglass:error:${code}`,
    title,
    status,
    detail: masked(detail),
    instance: masked(instance),
    code,
    nextStep,
  };
}
