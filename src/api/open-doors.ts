import { ValidationPipe, type INestApplication, type ValidationError } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { InvalidRequestError, ProblemFilter, type FieldError } from './http/problem.filter.js';

/** What every request passes, and `/docs`. Tests and the process itself open the same doors. */
export function openDoors(app: INestApplication): void {
  app.useGlobalPipes(
    new ValidationPipe({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      exceptionFactory: (errors) => new InvalidRequestError(fieldErrors(errors)),
    }),
  );
  app.useGlobalFilters(new ProblemFilter());
  SwaggerModule.setup('docs', app, () => describeApi(app), { jsonDocumentUrl: 'docs/openapi.json' });
}

/** The API as an OpenAPI document. */
export function describeApi(app: INestApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setTitle('Isinglass')
    .setDescription(
      'Golden records of instruments by ISIN. Errors are problem+json (RFC 9457) with a stable `code` and a `nextStep`.',
    )
    .setVersion('1')
    .build();
  return SwaggerModule.createDocument(app, description);
}

function fieldErrors(errors: readonly ValidationError[], parent = ''): FieldError[] {
  return errors.flatMap((error) => {
    const field = parent === '' ? error.property : `${parent}.${error.property}`;
    const own = Object.values(error.constraints ?? {}).map((message) => ({ field, message }));
    return [...own, ...fieldErrors(error.children ?? [], field)];
  });
}
