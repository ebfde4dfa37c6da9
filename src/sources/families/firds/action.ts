/** What a record reports. `state`: how it is, in a full file; the others are events. */
export const ACTIONS = ['state', 'new', 'modified', 'terminated', 'cancelled'] as const;

/** Position in {@link ACTIONS}. */
export type Action = number;
export const STATE: Action = 0;
export const NEW: Action = 1;
export const MODIFIED: Action = 2;
export const TERMINATED: Action = 3;
export const CANCELLED: Action = 4;
