/** What a person may be in the house, each role with all that the one before it may. */
export const USER_ROLES = ['viewer', 'steward', 'admin'] as const;
export type UserRole = (typeof USER_ROLES)[number];

export function isUserRole(text: string): text is UserRole {
  return USER_ROLES.some((role) => role === text);
}
