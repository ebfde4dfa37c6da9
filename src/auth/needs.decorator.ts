import { SetMetadata, type CustomDecorator } from '@nestjs/common';
import type { Permission } from './permissions.js';

/** What a route asks of whoever comes. */
export type Needed =
  /** A permission; `isPublic` where the operator may open it to all (`PUBLIC_READ`). */
  | { readonly kind: 'permission'; readonly permission: Permission; readonly isPublic: boolean }
  /** Any API key, whatever its scopes: for what is no route of ours. */
  | { readonly kind: 'key' }
  /** Anybody who signed in, and has the second factor that their role needs; with a permission where one is named. */
  | { readonly kind: 'person'; readonly permission?: Permission; readonly withoutSecondFactor: boolean }
  /** Nothing. */
  | { readonly kind: 'nothing'; readonly why: string };

export const NEEDED = 'isinglass:needed';

/** A program whose key has this permission. Cookies open nothing here. */
export const Needs = (permission: Permission): CustomDecorator =>
  needs({ kind: 'permission', permission, isPublic: false });

/** As {@link Needs}; and anybody, where the operator says so. */
export const NeedsUnlessPublic = (permission: Permission): CustomDecorator =>
  needs({ kind: 'permission', permission, isPublic: true });

/** A page for somebody who signed in. @param permission that their role must have */
export const NeedsPerson = (permission?: Permission): CustomDecorator =>
  needs({ kind: 'person', permission, withoutSecondFactor: false });

/** As {@link NeedsPerson}, before a second factor is set up that the role needs: the pages where it is. */
export const NeedsPersonOnly = (): CustomDecorator => needs({ kind: 'person', withoutSecondFactor: true });

/** Open to all. @param why it may be */
export const Open = (why: string): CustomDecorator => needs({ kind: 'nothing', why });

function needs(needed: Needed): CustomDecorator {
  return SetMetadata(NEEDED, needed);
}
