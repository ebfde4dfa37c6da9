import { applyDecorators, Controller, UseFilters } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { PageFilter } from './page.filter.js';

/** A controller of pages: its errors are pages, and the description of the API does not have it. */
export const PageController = (path: string): ClassDecorator =>
  applyDecorators(Controller(path), UseFilters(PageFilter), ApiExcludeController());
