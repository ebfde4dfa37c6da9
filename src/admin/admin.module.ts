import {
  Inject,
  Injectable,
  Module,
  type MiddlewareConsumer,
  type NestMiddleware,
  type NestModule,
} from '@nestjs/common';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { AuthModule } from '../auth/auth.module.js';
import { ApiKeys } from '../auth/api-keys.js';
import { Doors } from '../auth/doors.js';
import { Refusals } from '../auth/refusals.js';
import { Users } from '../auth/users.js';
import { CONFIG, type Config } from '../config/settings.js';
import { Database } from '../database/database.js';

/** Makes the panel when somebody first asks for it: AdminJS takes a second and 60 MB that a worker has no use for. */
@Injectable()
class PanelMiddleware implements NestMiddleware {
  private router: Promise<RequestHandler> | undefined;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly database: Database,
    private readonly doors: Doors,
    private readonly refusals: Refusals,
    private readonly users: Users,
    private readonly keys: ApiKeys,
  ) {}

  async use(request: Request, response: Response, next: NextFunction): Promise<void> {
    this.router ??= this.build().catch((error: unknown) => {
      // The next one tries again.
      this.router = undefined;
      throw error;
    });
    (await this.router)(request, response, next);
  }

  private async build(): Promise<RequestHandler> {
    const [{ buildPanel }, { panelRouter }] = await Promise.all([
      import('./panel.js'),
      import('./panel-door.js'),
    ]);
    const { users, keys } = this;
    const panel = buildPanel(this.database, this.config.sources);
    return panelRouter(panel, this.doors, this.refusals, { users, keys });
  }
}

/** The door of people: AdminJS below `/admin`, behind our own sign-in. */
@Module({ imports: [AuthModule], providers: [PanelMiddleware] })
export class AdminModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(PanelMiddleware).forRoutes('admin', 'admin/*path');
  }
}
