import { Global, Module, type DynamicModule } from '@nestjs/common';
import { CONFIG, type Config } from './settings.js';

/** Hands the one {@link Config} to whoever injects `CONFIG`. */
@Global()
@Module({})
export class ConfigModule {
  static forConfig(config: Config): DynamicModule {
    return {
      module: ConfigModule,
      providers: [{ provide: CONFIG, useValue: config }],
      exports: [CONFIG],
    };
  }
}
