import { ValidationPipe, type INestApplication, type ValidationError } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { json } from 'express';
import { DocumentBuilder, getSchemaPath, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { Doors } from '../auth/doors.js';
import { Refusals } from '../auth/refusals.js';
import { CONFIG, type Config } from '../config/settings.js';
import { masked } from '../common/secrets.js';
import { docsDoor } from './http/docs-door.js';
import { ourHostsOnly } from './http/our-hosts-only.js';
import { corsFor, securityHeaders } from './http/security-headers.js';
import { Problem, type FieldError } from './http/problem.js';
import { InvalidRequestError, ProblemFilter } from './http/problem.filter.js';

/** How much a request may hold: lists of ISINs to validate, nothing larger. */
const BODY_LIMIT = '256kb';

/** What every request passes, and `/docs`. Tests and the process itself open the same doors. */
export function openDoors(app: INestApplication): void {
  const express = app as NestExpressApplication;
  const config = app.get<Config>(CONFIG);
  express.disable('x-powered-by');
  express.set('trust proxy', config.trustProxy);
  // Before everything else, `/docs` too: it is no route of ours, so a middleware of a module would not guard it.
  app.use(securityHeaders(config), ourHostsOnly(config), corsFor(config));
  app.use('/v1', json({ limit: BODY_LIMIT }));
  app.useGlobalPipes(
    new ValidationPipe({
      transform: true,
      // One word on each field says what to do.
      stopAtFirstError: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      exceptionFactory: (errors) => new InvalidRequestError(fieldErrors(errors)),
    }),
  );
  app.useGlobalFilters(new ProblemFilter(app.get(Refusals)));
  app.use('/docs', docsDoor(app.get(Doors)));
  SwaggerModule.setup('docs', app, () => describeApi(app), {
    jsonDocumentUrl: 'docs/openapi.json',
    // The same as YAML would stand beside `/docs`, open to everybody.
    raw: ['json'],
    customSiteTitle: 'API docs · Isinglass',
  });
}

/** The API as an OpenAPI document. */
function describeApi(app: INestApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setTitle('Isinglass')
    .setDescription(
      'Golden records of instruments by ISIN. Errors are problem+json (RFC 9457) with a stable `code` and a `nextStep`.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: `isk_…`' }, 'key')
    .addSecurityRequirements('key')
    .addTag('instruments', 'What the house believes of an ISIN, and why')
    .addTag('isins', 'Is this an ISIN at all?')
    .addTag('sources', 'The public lists we read')
    .addTag('runs', 'How each list was brought in')
    .addTag('operations', 'What operators do, each action once and logged')
    .addTag('health', 'For load balancers and watchdogs')
    .build();
  const document = SwaggerModule.createDocument(app, description, {
    extraModels: [Problem],
    operationIdFactory: (controller, method) =>
      controller.charAt(0).toLowerCase() +
      controller.slice(1).replace('Controller', '') +
      method.charAt(0).toUpperCase() +
      method.slice(1),
  });
  for (const path of Object.values(document.paths)) {
    for (const operation of [path.get, path.post, path.put, path.delete])
      describeErrors(operation?.responses);
  }
  return document;
}

type Responses = NonNullable<OpenAPIObject['paths'][string]['get']>['responses'];

/** What every operation may answer; all errors are problems. */
function describeErrors(responses: Responses | undefined): void {
  if (responses === undefined) return;
  responses['401'] = { description: 'KEY_MISSING, KEY_INVALID, KEY_REVOKED, KEY_EXPIRED, USER_DISABLED' };
  responses['403'] = { description: 'PERMISSION_MISSING, KEY_ADDRESS_REFUSED, HOST_REFUSED, ORIGIN_REFUSED' };
  responses['429'] = {
    description: 'RATE_LIMITED, QUOTA_EXCEEDED, of instruments READS_TOO_MANY; with Retry-After',
  };
  responses['503'] ??= {
    description: 'DATABASE_UNAVAILABLE, of instruments READ_TOO_SLOW; with Retry-After',
  };
  const content = { 'application/problem+json': { schema: { $ref: getSchemaPath(Problem) } } };
  for (const [status, response] of Object.entries(responses)) {
    if (response !== undefined && Number(status) >= 400) Object.assign(response, { content });
  }
}

/** What somebody made up is not told back at length. */
function short(text: string): string {
  // Masked first: half a secret would be known no more.
  const told = masked(text);
  return told.length <= 200 ? told : `${told.slice(0, 200)} …`;
}

function fieldErrors(errors: readonly ValidationError[], parent = ''): FieldError[] {
  return errors.flatMap((error) => {
    const field = short(parent === '' ? error.property : `${parent}.${error.property}`);
    const own = Object.values(error.constraints ?? {}).map((message) => ({ field, message: short(message) }));
    return [...own, ...fieldErrors(error.children ?? [], field)];
  });
}
