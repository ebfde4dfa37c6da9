import { Module, type MiddlewareConsumer, type NestModule } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { urlencoded } from 'express';
import { CLOCK, systemClock } from '../common/clock.js';
import { ApiKeys } from './api-keys.js';
import { AuditAnchor } from './audit-anchor.js';
import { AuditLog } from './audit-log.js';
import { DoorGuard } from './door.guard.js';
import { Doors } from './doors.js';
import { Invitations } from './invitations.js';
import { KeyDoor } from './key-door.js';
import { Mailer } from './mail.js';
import { OneTimeLinks } from './one-time-links.js';
import { AccountController } from './pages/account.controller.js';
import { Entrance } from './pages/entrance.js';
import { FrontController } from './pages/front.controller.js';
import { KeysController } from './pages/keys.controller.js';
import { Oidc } from './oidc.js';
import { PasswordController } from './pages/password.controller.js';
import { ProviderController } from './pages/provider.controller.js';
import { SecondFactorController } from './pages/second-factor.controller.js';
import { SetUpController } from './pages/set-up.controller.js';
import { SignInController } from './pages/sign-in.controller.js';
import { UsersController } from './pages/users.controller.js';
import { Passwords } from './passwords.js';
import { Refusals } from './refusals.js';
import { RouteCheck } from './route-check.js';
import { SecondFactors } from './second-factors.js';
import { SecretKey } from './secret-key.js';
import { Sessions } from './sessions.js';
import { SetUp } from './set-up.js';
import { SignIn } from './sign-in.js';
import { SignInLimits } from './sign-in-limits.js';
import { Users } from './users.js';

/** Of a form: nothing of ours is longer. */
const FORM_LIMIT = '16kb';

const PAGES = [
  FrontController,
  SetUpController,
  SignInController,
  ProviderController,
  PasswordController,
  AccountController,
  SecondFactorController,
  KeysController,
  UsersController,
];

/** Stands at both doors: who may, and who did. */
@Module({
  imports: [ScheduleModule.forRoot(), DiscoveryModule],
  controllers: PAGES,
  providers: [
    AuditLog,
    AuditAnchor,
    SecretKey,
    { provide: CLOCK, useValue: systemClock },
    Passwords,
    OneTimeLinks,
    Users,
    Sessions,
    SecondFactors,
    SignInLimits,
    SignIn,
    SetUp,
    Mailer,
    Invitations,
    ApiKeys,
    KeyDoor,
    Doors,
    Refusals,
    Entrance,
    Oidc,
    RouteCheck,
    { provide: APP_GUARD, useClass: DoorGuard },
  ],
  exports: [AuditLog, Doors, Refusals, Users, ApiKeys, Invitations, SetUp],
})
export class AuthModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(urlencoded({ extended: false, limit: FORM_LIMIT })).forRoutes(...PAGES);
  }
}
