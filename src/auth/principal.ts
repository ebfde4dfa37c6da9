import type { Permission } from './permissions.js';
import type { UserRole } from '../domain/user-role.js';

/** Somebody who signed in, as they are at this request: role and state are never remembered from an earlier one. */
export interface Person {
  readonly kind: 'person';
  readonly userId: string;
  readonly email: string;
  readonly role: UserRole;
  readonly permissions: ReadonlySet<Permission>;
}

/** A program with an API key. */
export interface KeyHolder {
  readonly kind: 'key';
  readonly keyId: string;
  /** The part of the key that is no secret, as it stands in logs. */
  readonly publicId: string;
  /** Whose key it is. */
  readonly userId: string;
  /** Its scopes, as far as its owner's role has them. */
  readonly permissions: ReadonlySet<Permission>;
  /** May it receive what a publisher does not let us pass on? */
  readonly mayRedistribute: boolean;
}

/** Who asks; `anonymous` has the permissions that the operator opened to all. */
export interface Anonymous {
  readonly kind: 'anonymous';
  readonly permissions: ReadonlySet<Permission>;
}

export type Principal = Person | KeyHolder | Anonymous;
