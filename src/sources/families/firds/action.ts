/** What a record reports. `state`: how it is, in a full file; the others are events. */
export const ACTIONS = ['state', 'new', 'modified', 'terminated', 'cancelled'] as const;
export type Action = (typeof ACTIONS)[number];
