import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { unguarded } from './door.guard.js';
import { NEEDED, type Needed } from './needs.decorator.js';

/** A route as it is declared. */
export interface DeclaredRoute {
  readonly name: string;
  readonly needed: Needed | undefined;
}

/** Denies by default: a house with a route that does not say what it needs does not start. */
@Injectable()
export class RouteCheck implements OnModuleInit {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  /** @throws ConfigurationError ROUTE_UNGUARDED */
  onModuleInit(): void {
    for (const { name, needed } of this.routes()) if (needed === undefined) throw unguarded(name);
  }

  routes(): readonly DeclaredRoute[] {
    return this.discovery.getControllers().flatMap(({ metatype, instance }) => {
      if (typeof metatype !== 'function' || instance === undefined) return [];
      const prototype = Object.getPrototypeOf(instance) as Record<string, () => unknown>;
      return this.scanner.getAllMethodNames(prototype).flatMap((method) => {
        const handler = prototype[method];
        if (handler === undefined || Reflect.getMetadata(PATH_METADATA, handler) === undefined) return [];
        const needed = this.reflector.getAllAndOverride<Needed | undefined>(NEEDED, [handler, metatype]);
        return [{ name: `${metatype.name}.${method}`, needed }];
      });
    });
  }
}
